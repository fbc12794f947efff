"""The contract of lists of modules: filtering, sorting and counting them."""

from __future__ import annotations

from typing import Any

import pytest

from application.catalogue.modules.queries import ModuleFilter, ModuleReader, ModuleSort
from application.kernel.messages import Cursor
from contracts import about
from contracts.backend import Backend, change_module, pages, save
from contracts.make import a_module, later, uid
from domain.catalogue.module_life import ModuleStatus
from domain.catalogue.modules import TrainingModule
from domain.kernel.typography import folded

ALL = ModuleFilter(drafts=True)
TITLES = ("Sharps", "sharps 2", "HIPAA", "Ängste", "Zoonoses", "zoonoses", "Øl", "hipaa")


def numbers(items: Any) -> list[int]:
    return [item.id.int for item in items]


@about(ModuleReader)
class TestListsOfModules:
    @pytest.mark.parametrize("limit", [1, 3, 50])
    @pytest.mark.parametrize("sort", ModuleSort)
    async def test_every_order_is_complete_page_by_page(self, backend: Backend, sort: ModuleSort, limit: int) -> None:
        every = [a_module(n, title=title, now=later(minutes=n // 3)) for n, title in enumerate(TITLES, start=1)]
        await save(backend, *every)
        keys = {
            "title": lambda module: (folded(module.title), module.id),
            "created_at": lambda module: (module.created_at, module.id),
        }
        expected = numbers(sorted(every, key=keys[sort.field], reverse=sort.descending))
        reader = backend.reader(ModuleReader)
        found = await pages(lambda after, size: reader.page(ALL, after, size, sort=sort), limit)
        assert [n for page in found for n in numbers(page)] == expected

    async def test_a_renamed_module_moves_in_the_order(self, backend: Backend) -> None:
        await save(backend, a_module(1, title="Airways"), a_module(2, title="Billing"))

        def rename(module: TrainingModule) -> None:
            module.title = "Chairs"

        await change_module(backend, uid(1), rename)
        page = await backend.reader(ModuleReader).page(ALL, None, 1, sort=ModuleSort.BY_TITLE)
        assert (numbers(page.items), page.next) == ([2], Cursor("billing", uid(2), "title"))

    async def test_by_ids_and_by_any_of_several_tags(self, backend: Backend) -> None:
        await save(
            backend,
            a_module(1, tags=("osha", "annual")),
            a_module(2, tags=("hipaa",)),
            a_module(3, tags=("osha",)),
            a_module(4),
        )
        reader = backend.reader(ModuleReader)
        for where, expected in (
            (ModuleFilter(drafts=True, tags=("osha", "hipaa")), [3, 2, 1]),
            (ModuleFilter(drafts=True, tags=("annual", "none")), [1]),
            (ModuleFilter(drafts=True, ids=(uid(2), uid(4), uid(9))), [4, 2]),
            (ModuleFilter(drafts=True, ids=(uid(2), uid(3)), tags=("osha",)), [3]),
        ):
            page = await reader.page(where, None, 50, total=True)
            assert (numbers(page.items), page.total) == (expected, len(expected))

    async def test_totals_do_not_count_drafts_that_are_hidden(self, backend: Backend) -> None:
        await save(backend, a_module(1, status=ModuleStatus.PUBLISHED), a_module(2), a_module(3))
        reader = backend.reader(ModuleReader)
        assert (await reader.page(ModuleFilter(), None, 1, total=True)).total == 1
        assert (await reader.page(ALL, None, 1, total=True)).total == 3
        assert (await reader.page(ModuleFilter(ids=(uid(2),)), None, 1, total=True)).total == 0
