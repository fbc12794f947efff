"""The tree of hashes: known answers of RFC 9162's reference trees, and laws for every size."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domain.audit.merkle import (
    EMPTY_ROOT,
    GrowingTree,
    consistency_spans,
    inclusion_spans,
    leaf_hash,
    node_hash,
    node_number,
    span_hash,
    subtrees,
    verify_consistency,
    verify_inclusion,
)

# The reference trees of Certificate Transparency.
LEAVES = [
    bytes.fromhex(each)
    for each in (
        *("", "00", "10", "2021", "3031", "40414243", "5051525354555657"),
        "606162636465666768696a6b6c6d6e6f",
    )
]
ROOTS = [
    "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
]
A = "96a296d224f285c67bee93c30f8a309157f0daa35dc5b87e410b78630a09cfc7"
B = "5f083f0a1a33ca076a95279832580db3e0ef4584bdff1f54c8a360f50de3031e"
C = "6b47aaf29ee3c2af9af889bc1fb9254dabd31177f16232dd6aab035ca39bf6e4"
D = "bc1a0643b12e4d2d7c77918f44e0f4f79a838b6cf9ec5b5c283e1f4d88599e6b"
E = "ca854ea128ed050b41b35ffc1b87b8eb2bde461e9e3b5596ece6b9d5975a0ae0"
F = "0ebc5d3437fbe2db158b9f126a1d118e308181031d0a949f8dededebc558ef6a"
INCLUDED = [(0, 1, []), (0, 8, [A, B, C]), (5, 8, [D, E, ROOTS[4]]), (2, 3, [ROOTS[2]]), (1, 5, [ROOTS[1], B, D])]
CONSISTENT = [(1, 1, []), (1, 8, [A, B, C]), (6, 8, [F, E, ROOTS[4]]), (2, 5, [B, D])]

SIZES = 300
"""Every tree of up to so many entries."""


def grown(leaves: list[bytes]) -> tuple[GrowingTree, dict[int, bytes], list[bytes]]:
    """The tree of these hashes of entries, its complete subtrees, and the root of each size."""
    tree, hashes, roots = GrowingTree(), dict[int, bytes](), [EMPTY_ROOT]
    for leaf in leaves:
        hashes |= dict(tree.add(leaf))
        roots.append(tree.root)
    return tree, hashes, roots


_, HASHES, KNOWN = grown([leaf_hash(b"%d" % n) for n in range(SIZES)])


def defined(leaves: list[bytes]) -> bytes:
    """The root as the RFC defines it (2.1.1)."""
    if len(leaves) < 2:
        return leaves[0] if leaves else EMPTY_ROOT
    split = max(1 << n for n in range(len(leaves).bit_length()) if 1 << n < len(leaves))
    return node_hash(defined(leaves[:split]), defined(leaves[split:]))


def included(index: int, size: int, hashes: dict[int, bytes] = HASHES) -> list[bytes]:
    return [span_hash(span, hashes) for span in inclusion_spans(index, size)]


def consistent(first: int, second: int, hashes: dict[int, bytes] = HASHES) -> list[bytes]:
    return [] if first == second else [span_hash(span, hashes) for span in consistency_spans(first, second)]


def flipped(path: list[bytes], bit: int) -> list[bytes]:
    which, place = divmod(bit, 256)
    changed = bytearray(path[which])
    changed[place // 8] ^= 1 << place % 8
    return [*path[:which], bytes(changed), *path[which + 1 :]]


def test_the_reference_trees_have_their_roots() -> None:
    _, _, roots = grown([leaf_hash(each) for each in LEAVES])
    assert [root.hex() for root in roots] == ROOTS


@pytest.mark.parametrize(("index", "size", "path"), INCLUDED)
def test_the_reference_trees_have_their_proofs_of_inclusion(index: int, size: int, path: list[str]) -> None:
    _, hashes, roots = grown([leaf_hash(each) for each in LEAVES])
    proof = included(index, size, hashes)
    assert [each.hex() for each in proof] == path
    assert verify_inclusion(leaf_hash(LEAVES[index]), index, size, proof, roots[size])


@pytest.mark.parametrize(("first", "second", "path"), CONSISTENT)
def test_the_reference_trees_have_their_proofs_of_consistency(first: int, second: int, path: list[str]) -> None:
    _, hashes, roots = grown([leaf_hash(each) for each in LEAVES])
    proof = consistent(first, second, hashes)
    assert [each.hex() for each in proof] == path
    assert verify_consistency(first, second, roots[first], roots[second], proof)


def test_every_tree_has_the_root_that_the_rfc_defines() -> None:
    leaves = [HASHES[node_number(0, n)] for n in range(SIZES)]
    for size in range(0, SIZES + 1, 7):
        assert KNOWN[size] == defined(leaves[:size])
        assert KNOWN[size] == span_hash((0, size), HASHES)


def test_numbers_are_those_of_an_endless_tree_from_left_to_right() -> None:
    assert [node_number(0, n) for n in range(4)] == [0, 2, 4, 6]
    assert [node_number(level, 0) for level in range(4)] == [0, 1, 3, 7]
    assert len(HASHES) == len({*HASHES}) == SIZES * 2 - SIZES.bit_count()


def test_every_proof_of_inclusion_verifies_and_reads_few_hashes() -> None:
    for size in range(1, SIZES + 1):
        for index in range(0, size, 1 + size // 40):
            proof = included(index, size)
            own = HASHES[node_number(0, index)]
            assert verify_inclusion(own, index, size, proof, KNOWN[size])
            read = {number for span in inclusion_spans(index, size) for number in subtrees(*span)}
            assert len(read) <= 2 * size.bit_length()
            assert not verify_inclusion(own, index + 1, size, proof, KNOWN[size])
            assert not verify_inclusion(own, index, size, [*proof, own], KNOWN[size])
            assert not proof or not verify_inclusion(own, index, size, proof[:-1], KNOWN[size])


def test_every_proof_of_consistency_verifies_and_reads_few_hashes() -> None:
    for second in range(1, SIZES + 1):
        for first in range(1, second + 1, 1 + second // 40):
            proof = consistent(first, second)
            assert verify_consistency(first, second, KNOWN[first], KNOWN[second], proof)
            read = {number for span in consistency_spans(first, second) for number in subtrees(*span)}
            assert first == second or len(read) <= 3 * second.bit_length()
            assert not verify_consistency(first, second, KNOWN[first - 1], KNOWN[second], proof)
            assert not verify_consistency(first, second, KNOWN[first], KNOWN[second - 1], proof)
            assert not verify_consistency(first, second, KNOWN[first], KNOWN[second], [*proof, KNOWN[0]])


@given(st.data())
def test_a_flipped_bit_of_a_proof_of_inclusion_fails(data: st.DataObject) -> None:
    size = data.draw(st.integers(2, SIZES))
    index = data.draw(st.integers(0, size - 1))
    proof, own = included(index, size), HASHES[node_number(0, index)]
    bit = data.draw(st.integers(0, 256 * len(proof) - 1))
    assert not verify_inclusion(own, index, size, flipped(proof, bit), KNOWN[size])
    (other,) = flipped([own], bit % 256)
    assert not verify_inclusion(other, index, size, proof, KNOWN[size])


@given(st.data())
def test_a_flipped_bit_of_a_proof_of_consistency_fails(data: st.DataObject) -> None:
    second = data.draw(st.integers(2, SIZES))
    first = data.draw(st.integers(1, second - 1))
    proof = consistent(first, second)
    bit = data.draw(st.integers(0, 256 * len(proof) - 1))
    assert not verify_consistency(first, second, KNOWN[first], KNOWN[second], flipped(proof, bit))


def test_a_tree_goes_on_from_its_edge() -> None:
    for size in range(SIZES):
        tree = GrowingTree(size, [HASHES[number] for number in subtrees(0, size)])
        assert dict(tree.add(HASHES[node_number(0, size)])).items() <= HASHES.items()
        assert tree.root == KNOWN[size + 1]


@pytest.mark.parametrize(("index", "size"), [(0, 0), (3, 3), (-1, 3)])
def test_nothing_is_in_a_tree_at_a_place_that_it_does_not_have(index: int, size: int) -> None:
    assert not verify_inclusion(EMPTY_ROOT, index, size, [], EMPTY_ROOT)


@pytest.mark.parametrize(("first", "second"), [(0, 0), (0, 3), (4, 3)])
def test_sizes_that_prove_nothing_are_refused(first: int, second: int) -> None:
    assert not verify_consistency(first, second, EMPTY_ROOT, EMPTY_ROOT, [])
