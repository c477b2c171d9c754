"""A fitness app: thousands install it and few pay, evenings and Januaries, and companies that pay for their people."""

from __future__ import annotations

from ripeline.generated.habits import (
    Campaign,
    Deed,
    Effects,
    Fact,
    Habits,
    Kind,
    Option,
    Persona,
    Rep,
    Request,
    Stranger,
    Then,
    Tier,
    Topic,
)

_COUNTRY = Fact(
    "country",
    (
        Option("DK", 40, 0.2),
        Option("DE", 28, 0.2),
        Option("NL", 14, 0.2),
        Option("SE", 8, -0.5),
        Option("US", 10, -0.7),
    ),
    told=0.95,
)
_GOAL = Fact(
    "goal",
    (
        *(Option("weight", 30, 0.3), Option("strength", 20, 0.3), Option("back", 15, 0.5), Option("running", 15, -0.1)),
        *(Option("feeling well", 15), Option("curious", 5, -0.9)),
    ),
)
_DAYS = Fact("days_a_week", (Option(0, 10, -0.6), Option(1, 20), Option(3, 50, 0.3), Option(6, 20, -0.2)), told=0.6)
_YOUNG = Fact("age", (Option(17, 10, -0.8), Option(23, 30, -0.3), Option(34, 35, 0.4), Option(42, 25, 0.4)), told=0.7)
_OLDER = Fact("age", (Option(58, 60, 0.4), Option(68, 40, 0.3)), told=0.7)
_PRIVATE = Fact("customer_type", (Option("private", 1),), told=0.9)
_BUSINESS = Fact("customer_type", (Option("business", 1, 0.3),), told=0.95)
_ENDED = Fact("membership", (Option("ended", 1, 0.1),), told=1.0)
_SIZE = Fact("company_size", (Option(12, 35), Option(70, 40, 0.5), Option(400, 25, 0.5)))

_PAGES = tuple(
    {"path": path}
    for path in ("/", "/", "/blog/sitting", "/blog/protein", "/blog/sleep", "/stories/mette", "/stories/uwe")
)
_LATE_PAGES = tuple({"path": path} for path in ("/prices", "/prices/coach", "/stories/back-again"))
_WORKOUTS = tuple({"percent_done": percent} for percent in (10, 35, 60, 85, 100, 100, 100))
_AFTER_INSTALL = (
    Then("app_opened", 0.8, (0.01, 0.5)),
    Then("workout_done", 0.45, (0.05, 2)),
    Then("paywall_seen", 0.4, (0.1, 5)),
    Then("watch_connected", 0.1, (0.1, 6)),
)


def _level(*levels: tuple[str, float]) -> tuple[Fact, ...]:
    return (Fact("level", tuple(Option(name, 1, fit) for name, fit in levels)),)


HABITS = Habits(
    template="fitness_app",
    holidays="DK",
    evenings=True,
    tiers=(
        Tier("private", 0.8, 0, (_PRIVATE, _YOUNG, _GOAL, _DAYS, _COUNTRY)),
        Tier("older", 0.14, 0, (_PRIVATE, _OLDER, _GOAL, _DAYS, _COUNTRY)),
        Tier("company", 0.06, 1.3, (_BUSINESS, _SIZE, _GOAL, _DAYS, _COUNTRY)),
    ),
    personas=(
        Persona(
            "company",
            "company",
            1,
            (Fact("job_title", (Option("HR Manager", 3, 0.3), Option("Owner", 2, 0.2))),),
            -0.6,
            1.2,
            3,
            12,
        ),
        Persona(
            "former_member", "private", 0.1, (_ENDED, *_level(("regular", 0.1), ("beginner", 0.1))), -0.2, 0.2, 0.6
        ),
        Persona("athlete", "private", 0.15, _level(("athlete", -0.5)), 1.0, -0.6),
        Persona("later_in_life", "older", 1, _level(("beginner", 0.3), ("regular", 0.2)), -0.2, 0.4, 1.6, 1.3),
        Persona("beginner", "private", 0.5, _level(("beginner", 0.2)), 0.0, 0.1),
        Persona("", "private", 0.25, _level(("regular", 0.1)), 0.3),
    ),
    strangers=(
        Stranger("competitor", 0.01, 0.8, "rival-fit.example", asks=0.02),
        Stranger("staff", 0.01, 1.2, "fitness-app.example"),
        Stranger("applicant", 0.008, 0.0, "mail.example"),
    ),
    campaigns=(
        Campaign("", "search", 1, 365, 22, 0, 0.15),
        Campaign("", "content", 1, 365, 10, 0, -0.1),
        Campaign("", "social", 1, 365, 18, 0, -0.3),
        Campaign("", "friend", 1, 365, 10, 0, 0.5),
        Campaign("app-ads", "ads", 1, 365, 16, 70_000, -0.1),
        Campaign("new-year", "ads", 1, 25, 16, 40_000, 0.3),
        Campaign("summer-body", "social", 120, 40, 8, 20_000, -0.6),
        Campaign("back-week", "email", 270, 14, 5, 4_000, 0.4),
    ),
    entries={
        "search": {"app_installed": 6, "newsletter_subscribed": 1, "ebook_downloaded": 1, "trial_started": 1},
        "content": {"ebook_downloaded": 4, "newsletter_subscribed": 3, "app_installed": 2},
        "social": {"app_installed": 5, "challenge_joined": 2, "newsletter_subscribed": 1},
        "friend": {"app_installed": 4, "trial_started": 1, "program_joined": 1},
        "ads": {"app_installed": 6, "trial_started": 1},
        "email": {"newsletter_subscribed": 2, "webinar_registered": 1, "program_joined": 1},
    },
    deeds=(
        Deed("page_viewed", 1.2, "visit", need=0.1, curiosity=0.7, said=_PAGES, burst=0.8),
        Deed("page_viewed", 0.4, "deciding", need=0.45, curiosity=0.2, said=_LATE_PAGES),
        Deed("app_installed", 0.25, "known", curiosity=0.2, most=1, then=_AFTER_INSTALL),
        Deed("app_opened", 4.0, "known", need=0.1, curiosity=0.8),
        Deed("workout_done", 2.2, "known", need=0.15, curiosity=0.9, said=_WORKOUTS),
        Deed("ad_clicked", 0.4, "visit", curiosity=0.5),
        Deed("newsletter_subscribed", 0.15, "known", curiosity=0.3, most=1),
        Deed("email_clicked", 1.8, "habit", curiosity=0.9),
        Deed("newsletter_unsubscribed", 0.08, "habit", most=1),
        Deed("social_shared", 0.1, "known", curiosity=1.0),
        Deed("social_followed", 0.1, "known", curiosity=0.5, most=1),
        Deed("ebook_downloaded", 0.06, "known", curiosity=0.6, content="e-book"),
        Deed(
            "webinar_registered",
            0.05,
            "known",
            need=0.2,
            content="webinar",
            then=(Then("webinar_attended", 0.5, (1, 7)),),
        ),
        Deed("questionnaire_completed", 0.15, "known", need=0.3, curiosity=0.2, content="questionnaire", most=2),
        Deed(
            "program_joined",
            0.15,
            "known",
            need=0.3,
            curiosity=0.3,
            most=3,
            then=(Then("program_finished", 0.15, (14, 30)),),
        ),
        Deed("challenge_joined", 0.12, "known", curiosity=0.8),
        Deed("favorite_added", 0.3, "known", curiosity=0.8),
        Deed("watch_connected", 0.04, "known", curiosity=0.5, most=1),
        Deed("friend_invited", 0.06, "known", need=0.1, curiosity=0.5),
        Deed("paywall_seen", 0.5, "known", need=0.4, curiosity=0.5),
        Deed("plans_compared", 0.15, "known", need=0.5, curiosity=0.2),
        Deed("reviews_read", 0.1, "known", need=0.2, curiosity=0.3),
        Deed("trial_started", 0.1, "known", need=0.5, most=1, then=(Then("trial_canceled", 0.45, (2, 13)),)),
        Deed("product_added", 0.06, "deciding", need=0.5, then=(Then("checkout_started", 0.5, (0, 0.02)),)),
        Deed("question_asked", 0.04, "known", need=0.4, most=3),
        Deed("email_replied", 0.03, "known", need=0.3, most=3, late=0.1),
        Deed("call_received", 0.01, "known", need=0.4, most=2, late=0.2),
        Deed("event_conversation", 0.01, "known", need=0.2, most=1, late=0.6),
        Deed("contact_requested", 0.015, "known", need=0.3, most=1),
        Deed("coaching_booked", 0.05, "known", need=0.3, most=1, said=({"invited": True},)),
    ),
    requests=(
        Request("coaching_booked", 6, ({"invited": False},)),
        Request(
            "contact_requested",
            2,
            tuple({"goal": goal, "start": when} for goal in ("back", "weight") for when in ("now", "this week")),
        ),
        Request("company_offer_requested", 1, ({"people": 40}, {"people": 150})),
    ),
    reps=(
        Rep("ida", ("DK", "SE"), 0.8, -0.2, 0.8),
        Rep("malte", ("DE", "US"), 0.55, 0.1, 0.6),
        Rep("roos", ("NL",), 0.7, 0.0, 0.7),
    ),
    kinds=(Kind("e-book", "top"), Kind("webinar", "middle"), Kind("questionnaire", "middle")),
    topics=(
        Topic(
            "first-steps",
            "beginner",
            {
                "en": "The first four weeks",
                "de": "Die ersten vier Wochen",
                "nl": "De eerste vier weken",
                "da": "De første fire uger",
            },
        ),
        Topic(
            "healthy-back",
            "later_in_life",
            {"en": "A healthy back", "de": "Ein gesunder Rücken", "nl": "Een gezonde rug", "da": "En sund ryg"},
        ),
        Topic(
            "intervals",
            "athlete",
            {
                "en": "Faster by intervals",
                "de": "Schneller mit Intervallen",
                "nl": "Sneller met intervallen",
                "da": "Hurtigere med intervaller",
            },
        ),
        Topic(
            "at-work",
            "company",
            {"en": "Fitness at work", "de": "Fitness im Betrieb", "nl": "Fit op het werk", "da": "Fitness på jobbet"},
        ),
    ),
    effects=Effects(need=1.0, fit=0.6, budget=0.5, request=1.2, answered_in_time=0.5, silence=-1.6),
    journey_days=21,
    price=160,
    means=24,
    months=(220, 130, 105, 95, 95, 85, 60, 75, 115, 95, 80, 60),
    buyers=0.05,
    asking=0.06,
    silent=0.45,
    sale="subscription_started",
    pains=("back pain", "no time", "no motivation", "weight"),
    objections=("too expensive", "gym nearby", "not sure to keep it up", "data about my body"),
)
