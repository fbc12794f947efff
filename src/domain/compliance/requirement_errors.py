"""What can be wrong with a requirement or a version of it."""

from __future__ import annotations

from domain.kernel.errors import Conflict, Forbidden, NotFound


class RequirementNotFound(NotFound):
    slug = "requirement-not-found"
    title = "No such requirement"
    sentence = "There is no requirement with this id."


class RequirementCodeTaken(Conflict):
    slug = "requirement-code-taken"
    title = "The requirement's code is taken"
    sentence = "Another requirement has this code. Choose another one, or draft a version of that requirement."


class RequirementVersionNotFound(NotFound):
    slug = "requirement-version-not-found"
    title = "No such version of the requirement"
    sentence = "The requirement has no version with this number."


class VersionAlreadyApproved(Conflict):
    slug = "version-already-approved"
    title = "The version is approved already"
    sentence = "An approved version never changes. Draft another version with the day from which it is in effect."


class AnotherDraft(Conflict):
    slug = "requirement-draft-exists"
    title = "There is a draft already"
    sentence = "The requirement has a draft already. Change, approve or discard that one first."


class TwoVersionsOneDay(Conflict):
    """Two versions would take effect on the same day, or a later version on an earlier day."""

    slug = "version-order"
    title = "Versions out of order"


class ApproverIsAuthor(Forbidden):
    slug = "approver-is-author"
    title = "A second person must approve"
    sentence = "A version is approved by somebody other than its author."


class UnverifiedSource(Conflict):
    slug = "unverified-source"
    title = "The source is not verified"
    sentence = (
        "Nobody has compared this version with its source. Verify it and set `verified_on`, or approve it with an "
        "acknowledgment."
    )


class RequirementIsRetired(Conflict):
    slug = "requirement-retired"
    title = "The requirement is retired"
    sentence = "The requirement is retired. Add another requirement instead."
