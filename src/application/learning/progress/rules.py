"""What progress in an enrollment depends on."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from application.catalogue.ports import Versions
from application.kernel.lists import Present
from application.kernel.ports import Calendar
from application.kernel.wiring import PortSet
from application.learning.ports import Enrollments
from domain.catalogue.versions import ModuleVersion
from domain.learning.completion import Eligibility
from domain.learning.enrollments import Enrollment


@dataclass(frozen=True, slots=True)
class CourseRules(PortSet):
    """The version that somebody learns, and the facts beside the enrollment that its rules ask for."""

    enrollments: Enrollments
    versions: Versions
    calendar: Calendar

    async def version(self, enrollment: Enrollment) -> ModuleVersion:
        return await self.versions.get(enrollment.module_id, enrollment.version_number)

    async def eligibility(self, enrollment: Enrollment, now: datetime) -> Eligibility:
        return await self.enrollments.eligibility(enrollment, Present.at(now, self.calendar))
