"""From sign-in to a certificate, with the client that openapi-python-client generates.

tests/clients/run.py generates it, starts Supabase's double and the service, and says where they are.
"""

from __future__ import annotations

import os
from http import HTTPStatus
from io import BytesIO
from typing import TypeVar
from uuid import UUID

import httpx
from supabase_auth import SyncGoTrueClient
from training_client import AuthenticatedClient, Client
from training_client.api.attempts import start_attempt, submit_attempt
from training_client.api.certificates import print_certificate, read_certificate, verify_certificate
from training_client.api.enrollments import enroll_user
from training_client.api.learning import complete_section, start_module
from training_client.api.modules import create_module, publish_module
from training_client.api.records import list_records
from training_client.api.users import edit_user, import_roster, read_user
from training_client.models.attempt_view import AttemptView
from training_client.models.certificate_state import CertificateState
from training_client.models.certificate_view import CertificateView
from training_client.models.create_module import CreateModule
from training_client.models.edit_user import EditUser
from training_client.models.edit_user_profile_metadata import EditUserProfileMetadata
from training_client.models.enroll_user import EnrollUser
from training_client.models.enroll_user_conflict_problem import EnrollUserConflictProblem
from training_client.models.enroll_user_conflict_problem_code import EnrollUserConflictProblemCode
from training_client.models.enrollment_view import EnrollmentView
from training_client.models.imported_roster import ImportedRoster
from training_client.models.kept_user import KeptUser
from training_client.models.lesson import Lesson
from training_client.models.module_detail import ModuleDetail
from training_client.models.new_question import NewQuestion
from training_client.models.new_section import NewSection
from training_client.models.progress import Progress
from training_client.models.publish_module import PublishModule
from training_client.models.quiz_input import QuizInput
from training_client.models.record_view_page import RecordViewPage
from training_client.models.submit_attempt import SubmitAttempt
from training_client.models.submit_attempt_answers_type_0 import SubmitAttemptAnswersType0
from training_client.models.true_false import TrueFalse
from training_client.models.user_view import UserView
from training_client.models.verification import Verification
from training_client.types import File

T = TypeVar("T")

API, SUPABASE, ADMINISTRATOR = os.environ["API_URL"], os.environ["SUPABASE_URL"], os.environ["ADMINISTRATOR"]
NEW_MODULE = CreateModule(
    title="Sharps",
    tags=["osha"],
    sections=[
        NewSection(title="Read", content=Lesson(kind="lesson", markdown="Never recap a needle with two hands.")),
        NewSection(
            title="Check",
            content=QuizInput(kind="quiz"),
            questions=[
                NewQuestion(prompt="Recap with two hands?", metadata=TrueFalse(kind="true_false", correct=False))
            ],
        ),
    ],
)
ROSTER = b"email,full_name,department\nli.wei@example.com,Li Wei,Claims\nana.python@example.com,Ana Ruiz,Hygiene\n"


def signed_up(email: str) -> AuthenticatedClient:
    """A client with the access token of somebody who has just signed up."""
    auth = SyncGoTrueClient(
        url=f"{SUPABASE}/auth/v1", headers={"apikey": os.environ["SUPABASE_KEY"]}, auto_refresh_token=False
    )
    session = auth.sign_up({"email": email, "password": "correct horse"}).session
    assert session
    return AuthenticatedClient(base_url=API, token=session.access_token, raise_on_unexpected_status=True)


def administrator() -> AuthenticatedClient:
    """A client of the administrator, whose first sign-in an operator confirms."""
    client = signed_up(ADMINISTRATOR)
    assert read_user.sync_detailed("me", client=client).status_code == HTTPStatus.FORBIDDEN
    assert httpx.post(f"{SUPABASE}/control/confirm").status_code == HTTPStatus.NO_CONTENT
    return client


def got(answer: object, kind: type[T]) -> T:
    """The answer, which must be of this type: problems have others."""
    assert isinstance(answer, kind), answer
    return answer


def main() -> None:
    """Fails at the first answer that is not as expected."""
    admin, learner = administrator(), signed_up("ana.python@example.com")
    shown = read_user.sync_detailed("me", client=learner)
    me = got(shown.parsed, UserView)
    metadata = EditUserProfileMetadata.from_dict({"license": {"state": "TX", "numbers": [1, 2]}})
    change = EditUser(full_name="Ana Ruiz", profile_metadata=metadata)
    named = got(edit_user.sync(me.id, client=admin, body=change, if_match=shown.headers["etag"]), KeptUser)
    assert named.profile_metadata["license"] == {"state": "TX", "numbers": [1, 2]}

    module = got(create_module.sync(client=admin, body=NEW_MODULE), ModuleDetail)
    published = got(publish_module.sync(module.id, client=admin, body=PublishModule()), ModuleDetail)
    assert published.version_number == 1
    enrollment = EnrollUser(user_id=me.id)
    assert got(enroll_user.sync(module.id, client=admin, body=enrollment), EnrollmentView).version_number == 1
    again = got(enroll_user.sync(module.id, client=admin, body=enrollment), EnrollUserConflictProblem)
    assert again.code is EnrollUserConflictProblemCode.ALREADY_ENROLLED

    learn(learner, module)

    records = got(list_records.sync("me", client=learner), RecordViewPage)
    serial = got(records.items[0].certificate_serial, str)
    assert got(read_certificate.sync(serial, client=learner), CertificateView).state is CertificateState.VALID
    assert got(print_certificate.sync(serial, client=learner), File).payload.read(5) == b"%PDF-"
    verified = got(verify_certificate.sync(serial, client=Client(base_url=API)), Verification)
    assert (verified.full_name, verified.state) == ("Ana Ruiz", CertificateState.VALID)

    imported = got(import_roster.sync(client=admin, body=File(BytesIO(ROSTER))), ImportedRoster)
    assert (imported.created, imported.updated) == (1, 1)


def learn(learner: AuthenticatedClient, module: ModuleDetail) -> None:
    """Complete the lesson and pass the quiz."""
    lesson, quiz = module.sections
    assert got(start_module.sync(module.id, "me", client=learner), Progress).percent == 0
    assert got(complete_section.sync(module.id, "me", lesson.id, client=learner), Progress).percent == 50
    attempt = got(start_attempt.sync(module.id, quiz.id, client=learner), AttemptView)
    question: UUID = attempt.items[0].question_id
    answers = SubmitAttemptAnswersType0.from_dict({str(question): False})
    graded = got(submit_attempt.sync(attempt.id, client=learner, body=SubmitAttempt(answers=answers)), AttemptView)
    assert graded.passed


if __name__ == "__main__":
    main()
