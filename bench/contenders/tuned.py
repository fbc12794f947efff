"""The data guide's design with its loading tuned: only what is shown is loaded, and nothing else can be by accident."""

from __future__ import annotations

import uuid

from fastapi import FastAPI
from sqlalchemy import insert, select
from sqlalchemy.orm import joinedload, load_only, raiseload

from bench.contenders.guide import (
    EnrollmentService,
    ModuleRepository,
    UserRepository,
    enrolled,
    require_both,
    routes,
    unit_of_work,
)
from bench.contenders.guide_models import ModuleSection, OutboxEvent, TrainingModule, User, enrollment_table
from bench.contenders.guide_schemas import EnrolledModule, ModuleCreate

LISTED = [getattr(TrainingModule, name) for name in EnrolledModule.model_fields]


class TunedModules(ModuleRepository):
    """Modules, without what is not shown."""

    async def list_modules(self, status: str | None, page: int, page_size: int) -> list[TrainingModule]:
        stmt = select(TrainingModule).order_by(TrainingModule.created_at.desc()).options(raiseload("*"))
        if status is not None:
            stmt = stmt.where(TrainingModule.status == status)
        result = await self.session.execute(stmt.offset(page * page_size).limit(page_size))
        return list(result.scalars())

    async def get_with_sections(self, module_id: uuid.UUID) -> TrainingModule | None:
        stmt = (
            select(TrainingModule)
            .where(TrainingModule.id == module_id)
            .options(joinedload(TrainingModule.sections).raiseload("*"), raiseload("*"))
        )
        result = await self.session.execute(stmt)
        return result.unique().scalar_one_or_none()

    async def create(self, payload: ModuleCreate) -> TrainingModule:
        values = payload.model_dump(exclude={"sections"})
        sections = [
            ModuleSection(position=position, **section.model_dump())
            for position, section in enumerate(payload.sections, start=1)
        ]
        module = TrainingModule(id=uuid.uuid4(), sections=sections, **values)
        self.session.add(module)
        self.session.add(OutboxEvent(name="ModuleDrafted", subject_id=module.id, payload={"module_id": str(module.id)}))
        # Everything shown was given or made here: there is nothing to refresh.
        await self.session.commit()
        return module


class TunedUsers(UserRepository):
    """People, with the modules that the list shows and no more of them."""

    async def get_with_modules(self, user_id: uuid.UUID) -> User | None:
        modules = joinedload(User.enrolled_modules)
        stmt = (
            select(User)
            .where(User.id == user_id)
            .options(load_only(User.id), modules.load_only(*LISTED), modules.raiseload("*"), raiseload("*"))
        )
        result = await self.session.execute(stmt)
        return result.unique().scalar_one_or_none()


class TunedEnrollments(EnrollmentService):
    """Enrolling people without loading those who are enrolled already."""

    async def enroll(self, module_id: uuid.UUID, user_id: uuid.UUID) -> None:
        async with unit_of_work(self.session):
            module = await self.session.get(TrainingModule, module_id, options=[raiseload("*")])
            user = await self.session.get(User, user_id, options=[raiseload("*")])
            require_both(module, user)
            await self.session.execute(insert(enrollment_table).values(module_id=module_id, user_id=user_id))
            self.session.add(enrolled(module_id, user_id))


def app() -> FastAPI:
    """The application."""
    application = FastAPI()
    application.include_router(routes(TunedModules, TunedUsers, TunedEnrollments))
    return application
