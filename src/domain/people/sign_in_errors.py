"""The reasons for refusing somebody with a proven address, and for having no sign-in to end."""

from __future__ import annotations

from domain.kernel.errors import Conflict, Forbidden


class SecondFactorRequired(Forbidden):
    slug = "second-factor-required"
    title = "Your role needs a second factor"
    sentence = "Your role here needs a sign-in with a second factor. Set one up, sign in with it, and try again."


class SignInUnconfirmed(Forbidden):
    slug = "sign-in-unconfirmed"
    title = "Your sign-in waits for an administrator"
    sentence = (
        "You have more rights than a learner, and an e-mail address alone does not prove your identity. Ask an "
        "administrator "
        "to confirm your sign-in, then try again."
    )


class SignInEnded(Forbidden):
    slug = "sign-in-ended"
    title = "Your sign-in was ended here"
    sentence = "This sign-in no longer gives access. Ask an administrator to link it."


class NotAdmitted(Forbidden):
    slug = "not-admitted"
    title = "You are not on the roster"
    sentence = "You are not on the roster, and your e-mail domain is not admitted without it. Ask your office manager."


class UserDeactivated(Forbidden):
    slug = "user-deactivated"
    title = "Your account is deactivated"
    sentence = "Your account here is deactivated. Ask an administrator."


class EmailUnverified(Forbidden):
    slug = "email-unverified"
    title = "Your e-mail address is not verified"
    sentence = "Verify your e-mail address with the sign-in provider, then sign in again."


class LinkedElsewhere(Forbidden):
    slug = "linked-elsewhere"
    title = "Your e-mail address belongs to another sign-in"
    sentence = "Another sign-in is linked to your e-mail address here. Ask an administrator."


class SignInNotLinked(Conflict):
    slug = "sign-in-not-linked"
    title = "There is no sign-in to end"
    sentence = "The user has no sign-in, and none waits for confirmation."
