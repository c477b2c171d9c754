"""A fitness app: thousands install it and few pay, evenings and Januaries, and companies that pay for their people."""

from __future__ import annotations

from ripeline.generated import habits as h

_COUNTRY = h.Fact(
    "country", {"DK": (40, 0.2), "DE": (28, 0.2), "NL": (14, 0.2), "SE": (8, -0.5), "US": (10, -0.7)}, told=0.95
)
_GOAL = h.Fact(
    "goal",
    {
        "weight": (30, 0.3),
        "strength": (20, 0.3),
        "back": (15, 0.5),
        "running": (15, -0.1),
        "feeling well": (15, 0),
        "curious": (5, -0.9),
    },
)
_DAYS = h.Fact("days_a_week", {0: (10, -0.6), 1: (20, 0), 3: (50, 0.3), 6: (20, -0.2)}, told=0.6)
_YOUNG = h.Fact("age", {17: (10, -0.8), 23: (30, -0.3), 34: (35, 0.4), 42: (25, 0.4)}, told=0.7)
_OLDER = h.Fact("age", {58: (60, 0.4), 68: (40, 0.3)}, told=0.7)
_PRIVATE = h.one_of("customer_type", "private", told=0.9)
_BUSINESS = h.one_of("customer_type", "business", fit=0.3, told=0.95)
_ENDED = h.one_of("membership", "ended", fit=0.1, told=1.0)
_SIZE = h.Fact("company_size", {12: (35, 0), 70: (40, 0.5), 400: (25, 0.5)})
_PAGES = h.each_of(path=("/", "/", "/blog/sitting", "/blog/protein", "/blog/sleep", "/stories/mette", "/stories/uwe"))
_LATE_PAGES = h.each_of(path=("/prices", "/prices/coach", "/stories/back-again"))
_WORKOUTS = h.each_of(percent_done=(10, 35, 60, 85, 100, 100, 100))
_AFTER_INSTALL = (
    h.Then("app_opened", 0.8, (0.01, 0.5)),
    h.Then("workout_done", 0.45, (0.05, 2)),
    h.Then("paywall_seen", 0.4, (0.1, 5)),
    h.Then("watch_connected", 0.1, (0.1, 6)),
)

HABITS = h.Habits(
    template="fitness_app",
    holidays="DK",
    evenings=True,
    tiers=(
        h.Tier("private", 0.8, 0, (_PRIVATE, _YOUNG, _GOAL, _DAYS, _COUNTRY)),
        h.Tier("older", 0.14, 0, (_PRIVATE, _OLDER, _GOAL, _DAYS, _COUNTRY)),
        h.Tier("company", 0.06, 1.3, (_BUSINESS, _SIZE, _GOAL, _DAYS, _COUNTRY)),
    ),
    personas=(
        h.Persona(
            "company",
            "company",
            (h.Fact("job_title", {"HR Manager": (3, 0.3), "Owner": (2, 0.2)}),),
            curiosity=-0.6,
            asks=1.2,
            length=3,
            spends=12,
        ),
        h.Persona(
            "former_member",
            "private",
            (_ENDED, h.one_of("level", "regular", "beginner", fit=0.1)),
            share=0.1,
            curiosity=-0.2,
            asks=0.2,
            length=0.6,
        ),
        h.Persona(
            "athlete", "private", (h.one_of("level", "athlete", fit=-0.5),), share=0.15, curiosity=1.0, asks=-0.6
        ),
        h.Persona(
            "later_in_life",
            "older",
            (h.Fact("level", {"beginner": (1, 0.3), "regular": (1, 0.2)}),),
            curiosity=-0.2,
            asks=0.4,
            length=1.6,
            spends=1.3,
        ),
        h.Persona("beginner", "private", (h.one_of("level", "beginner", fit=0.2),), share=0.5, asks=0.1),
        h.Persona("", "private", (h.one_of("level", "regular", fit=0.1),), share=0.25, curiosity=0.3),
    ),
    strangers=(
        h.Stranger("competitor", 0.01, 0.8, "rival-fit.example", asks=0.02),
        h.Stranger("staff", 0.01, 1.2, "fitness-app.example"),
        h.Stranger("applicant", 0.008),
    ),
    campaigns=(
        h.Campaign("search", 22, 0.15),
        h.Campaign("content", 10, -0.1),
        h.Campaign("social", 18, -0.3),
        h.Campaign("friend", 10, 0.5),
        h.Campaign("ads", 16, -0.1, name="app-ads", cost=70_000),
        h.Campaign("ads", 16, 0.3, name="new-year", days=25, cost=40_000),
        h.Campaign("social", 8, -0.6, name="summer-body", day=120, days=40, cost=20_000),
        h.Campaign("email", 5, 0.4, name="back-week", day=270, days=14, cost=4_000),
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
        h.Deed("page_viewed", 1.2, "visit", need=0.1, curiosity=0.7, said=_PAGES, burst=0.8),
        h.Deed("page_viewed", 0.4, "deciding", need=0.45, curiosity=0.2, said=_LATE_PAGES),
        h.Deed("app_installed", 0.25, curiosity=0.2, most=1, then=_AFTER_INSTALL),
        h.Deed("app_opened", 4.0, need=0.1, curiosity=0.8),
        h.Deed("workout_done", 2.2, need=0.15, curiosity=0.9, said=_WORKOUTS),
        h.Deed("ad_clicked", 0.4, "visit", curiosity=0.5),
        h.Deed("newsletter_subscribed", 0.15, curiosity=0.3, most=1),
        h.Deed("email_clicked", 1.8, "habit", curiosity=0.9),
        h.Deed("newsletter_unsubscribed", 0.08, "habit", most=1),
        h.Deed("social_shared", 0.1, curiosity=1.0),
        h.Deed("social_followed", 0.1, curiosity=0.5, most=1),
        h.Deed("ebook_downloaded", 0.06, curiosity=0.6, content="e-book"),
        h.Deed(
            "webinar_registered", 0.05, need=0.2, content="webinar", then=(h.Then("webinar_attended", 0.5, (1, 7)),)
        ),
        h.Deed("questionnaire_completed", 0.15, need=0.3, curiosity=0.2, content="questionnaire", most=2),
        h.Deed(
            "program_joined", 0.15, need=0.3, curiosity=0.3, most=3, then=(h.Then("program_finished", 0.15, (14, 30)),)
        ),
        h.Deed("challenge_joined", 0.12, curiosity=0.8),
        h.Deed("favorite_added", 0.3, curiosity=0.8),
        h.Deed("watch_connected", 0.04, curiosity=0.5, most=1),
        h.Deed("friend_invited", 0.06, need=0.1, curiosity=0.5),
        h.Deed("paywall_seen", 0.5, need=0.4, curiosity=0.5),
        h.Deed("plans_compared", 0.15, need=0.5, curiosity=0.2),
        h.Deed("reviews_read", 0.1, need=0.2, curiosity=0.3),
        h.Deed("trial_started", 0.1, need=0.5, most=1, then=(h.Then("trial_canceled", 0.45, (2, 13)),)),
        h.Deed("product_added", 0.06, "deciding", need=0.5, then=(h.Then("checkout_started", 0.5, (0, 0.02)),)),
        h.Deed("question_asked", 0.04, need=0.4, most=3),
        h.Deed("email_replied", 0.03, need=0.3, most=3, late=0.1),
        h.Deed("call_received", 0.01, need=0.4, most=2, late=0.2),
        h.Deed("event_conversation", 0.01, need=0.2, most=1, late=0.6),
        h.Deed("contact_requested", 0.015, need=0.3, most=1),
        h.Deed("coaching_booked", 0.05, need=0.3, most=1, said=({"invited": True},)),
    ),
    requests=(
        h.Request("coaching_booked", 6, ({"invited": False},)),
        h.Request("contact_requested", 2, h.each_of(goal=("back", "weight"), start=("now", "this week"))),
        h.Request("company_offer_requested", 1, h.each_of(people=(40, 150))),
    ),
    reps=(
        h.Rep("ida", ("DK", "SE"), in_time=0.8, strictness=-0.2, diligence=0.8),
        h.Rep("malte", ("DE", "US"), in_time=0.55, strictness=0.1, diligence=0.6),
        h.Rep("roos", ("NL",), in_time=0.7, strictness=0.0, diligence=0.7),
    ),
    topics=(
        h.Topic(
            "first-steps",
            "beginner",
            en="The first four weeks",
            de="Die ersten vier Wochen",
            nl="De eerste vier weken",
            da="De første fire uger",
        ),
        h.Topic(
            "healthy-back",
            "later_in_life",
            en="A healthy back",
            de="Ein gesunder Rücken",
            nl="Een gezonde rug",
            da="En sund ryg",
        ),
        h.Topic(
            "intervals",
            "athlete",
            en="Faster by intervals",
            de="Schneller mit Intervallen",
            nl="Sneller met intervallen",
            da="Hurtigere med intervaller",
        ),
        h.Topic(
            "at-work",
            "company",
            en="Fitness at work",
            de="Fitness im Betrieb",
            nl="Fit op het werk",
            da="Fitness på jobbet",
        ),
    ),
    effects=h.Effects(need=1.0, fit=0.6, budget=0.5, request=1.2, answered_in_time=0.5, silence=-1.6),
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
