"""The data guide's design, written out: repositories and services around an injected session, FastAPI on top.

Where its text does not run as it stands, it is corrected in its own spirit: the participants to whom one is appended
are loaded by `selectinload` first, since a lazy load fails under asyncio. The outbox row is ours to ask for.
"""
# Annotations are evaluated as they are read: the routes' parameters name what `routes` is given.

import uuid
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Annotated, Any

from fastapi import APIRouter, Depends, FastAPI, HTTPException
from sqlalchemy import select
from sqlalchemy.exc import IntegrityError
from sqlalchemy.ext.asyncio import AsyncSession
from sqlalchemy.orm import selectinload

from bench.contenders.guide_models import ModuleSection, OutboxEvent, TrainingModule, User, get_db
from bench.contenders.guide_schemas import (
    EnrolledModule,
    EnrollmentCreate,
    EnrollmentRead,
    ModuleCreate,
    ModuleRead,
    ModuleSummary,
)

Session = Annotated[AsyncSession, Depends(get_db)]


@asynccontextmanager
async def unit_of_work(session: AsyncSession) -> AsyncIterator[None]:
    """One transaction, rolled back when anything is raised."""
    try:
        async with session.begin():
            yield
    except Exception:
        await session.rollback()
        raise


class ModuleRepository:
    """Modules."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def list_modules(self, status: str | None, page: int, page_size: int) -> list[TrainingModule]:
        stmt = select(TrainingModule).order_by(TrainingModule.created_at.desc())
        if status is not None:
            stmt = stmt.where(TrainingModule.status == status)
        result = await self.session.execute(stmt.offset(page * page_size).limit(page_size))
        return list(result.scalars())

    async def get_with_sections(self, module_id: uuid.UUID) -> TrainingModule | None:
        stmt = (
            select(TrainingModule).where(TrainingModule.id == module_id).options(selectinload(TrainingModule.sections))
        )
        result = await self.session.execute(stmt)
        return result.scalar_one_or_none()

    async def get_with_participants(self, module_id: uuid.UUID) -> TrainingModule | None:
        stmt = (
            select(TrainingModule)
            .where(TrainingModule.id == module_id)
            .options(selectinload(TrainingModule.participants))
        )
        result = await self.session.execute(stmt)
        return result.scalar_one_or_none()

    async def create(self, payload: ModuleCreate) -> TrainingModule:
        values = payload.model_dump(exclude={"sections"})
        sections = [
            ModuleSection(position=position, **section.model_dump())
            for position, section in enumerate(payload.sections, start=1)
        ]
        module = TrainingModule(id=uuid.uuid4(), sections=sections, **values)
        self.session.add(module)
        self.session.add(OutboxEvent(name="ModuleDrafted", subject_id=module.id, payload={"module_id": str(module.id)}))
        await self.session.commit()
        await self.session.refresh(module)
        return module


class UserRepository:
    """People."""

    def __init__(self, session: AsyncSession) -> None:
        self.session = session

    async def get_with_modules(self, user_id: uuid.UUID) -> User | None:
        stmt = select(User).where(User.id == user_id).options(selectinload(User.enrolled_modules))
        result = await self.session.execute(stmt)
        return result.scalar_one_or_none()


class EnrollmentService:
    """Enrolling people."""

    def __init__(self, session: AsyncSession, modules: ModuleRepository) -> None:
        self.session = session
        self.modules = modules

    async def enroll(self, module_id: uuid.UUID, user_id: uuid.UUID) -> None:
        async with unit_of_work(self.session):
            module = await self.modules.get_with_participants(module_id)
            user = await self.session.get(User, user_id)
            module, user = require_both(module, user)
            module.participants.append(user)
            self.session.add(enrolled(module_id, user_id))


def require_both(module: TrainingModule | None, user: User | None) -> tuple[TrainingModule, User]:
    """Raises HTTPException unless the module is published and the user active."""
    if module is None or user is None:
        raise HTTPException(404)
    if module.status != "published" or not user.is_active:
        raise HTTPException(409)
    return module, user


def enrolled(module_id: uuid.UUID, user_id: uuid.UUID) -> OutboxEvent:
    """The event."""
    payload = {"module_id": str(module_id), "user_id": str(user_id)}
    return OutboxEvent(name="UserEnrolled", subject_id=module_id, payload=payload)


def routes(modules_of: Any, users_of: Any, service_of: Any) -> APIRouter:
    """The routes, on repositories and a service of these kinds."""
    router = APIRouter(prefix="/v1")

    def get_modules(session: Session) -> ModuleRepository:
        repository: ModuleRepository = modules_of(session)
        return repository

    def get_users(session: Session) -> UserRepository:
        repository: UserRepository = users_of(session)
        return repository

    Modules = Annotated[ModuleRepository, Depends(get_modules)]  # noqa: N806  # a type
    Users = Annotated[UserRepository, Depends(get_users)]  # noqa: N806

    def get_service(session: Session, modules: Modules) -> EnrollmentService:
        service: EnrollmentService = service_of(session, modules)
        return service

    @router.get("/modules", response_model=list[ModuleSummary])
    async def list_modules(modules: Modules, status: str | None = None, page: int = 0, page_size: int = 50) -> Any:
        return await modules.list_modules(status, page, page_size)

    @router.get("/modules/{module_id}", response_model=ModuleRead)
    async def read_module(module_id: uuid.UUID, modules: Modules) -> Any:
        module = await modules.get_with_sections(module_id)
        if module is None:
            raise HTTPException(404)
        return module

    @router.post("/modules", response_model=ModuleRead, status_code=201)
    async def create_module(payload: ModuleCreate, modules: Modules) -> Any:
        return await modules.create(payload)

    @router.get("/users/{user_id}/enrollments", response_model=list[EnrolledModule])
    async def list_enrollments(user_id: uuid.UUID, users: Users) -> Any:
        user = await users.get_with_modules(user_id)
        if user is None:
            raise HTTPException(404)
        return user.enrolled_modules

    @router.post("/modules/{module_id}/enrollments", response_model=EnrollmentRead, status_code=201)
    async def enroll_user(
        module_id: uuid.UUID, payload: EnrollmentCreate, service: Annotated[EnrollmentService, Depends(get_service)]
    ) -> Any:
        try:
            await service.enroll(module_id, payload.user_id)
        except IntegrityError:
            raise HTTPException(409) from None
        return {"module_id": module_id, "user_id": payload.user_id}

    return router


def app() -> FastAPI:
    """The application."""
    application = FastAPI()
    application.include_router(routes(ModuleRepository, UserRepository, EnrollmentService))
    return application
