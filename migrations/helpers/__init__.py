"""What migrations share. A migration imports nothing else of ours, and none of this changes once one rests on it.

The application goes on; what a migration did stays what it did. A change is therefore a new function, type or module
beside the old one, as `append_only_v2` stands beside `append_only_v1`.
"""
