"""Why somebody who has proven an address does not come in, or has no sign-in to end."""

from __future__ import annotations

from domain.errors import Conflict, Forbidden


class SecondFactorRequired(Forbidden):
    slug = "second-factor-required"
    title = "Your role needs a second factor"
    sentence = "Your role here needs a sign-in with a second factor. Enroll one if need be, verify it, and repeat this."


class SignInUnconfirmed(Forbidden):
    slug = "sign-in-unconfirmed"
    title = "Your sign-in waits for an administrator"
    sentence = (
        "An address alone does not prove who you are, and you may do more here than learn. An administrator sees your "
        "sign-in and confirms that it is yours; ask one, then repeat this."
    )


class SignInEnded(Forbidden):
    slug = "sign-in-ended"
    title = "Your sign-in was ended here"
    sentence = "This sign-in opens nothing here any more. Ask an administrator to link it."


class NotAdmitted(Forbidden):
    slug = "not-admitted"
    title = "You are not on the roster"
    sentence = (
        "You are not on the roster, and nobody with your e-mail domain comes in without. Ask your office manager."
    )


class SignInNotLinked(Conflict):
    slug = "sign-in-not-linked"
    title = "There is no sign-in to end"
    sentence = "The user has no sign-in, and none waits for confirmation."
