"""A car dealer: dreamers who configure for years, leases that end on a day, Saturdays, and test drives."""

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

_COUNTRY = Fact("country", (Option("DE", 92), Option("NL", 3), Option("DK", 3), Option("PL", 2, -0.3)))
_DISTANCE = Fact(
    "distance",
    (Option(8, 35, 0.5), Option(22, 30, 0.4), Option(60, 18), Option(150, 10, -0.5), Option(450, 7, -1.2)),
    told=0.8,
)
_BOUGHT_NONE = Fact("cars_bought", (Option(0, 1, -0.1),), told=1.0)
_BOUGHT = Fact("cars_bought", (Option(1, 5, 0.4), Option(2, 3, 0.6), Option(4, 2, 0.7)), told=1.0)
_LEFT = Fact("months_left", (Option(3, 15, 0.6), Option(10, 20, 0.3), Option(24, 65, -0.2)), told=0.35)
_PAYMENT = Fact("payment", (Option("lease", 45, 0.1), Option("loan", 30), Option("cash", 25, 0.1)), told=0.4)
_TRADE_IN = Fact(
    "trade_in",
    (
        Option("compact, nine years old", 4, 0.2),
        Option("estate, six years old", 3, 0.3),
        Option("van, twelve years old", 2),
    ),
    told=0.35,
)
_PHONE = Fact("phone", (Option("0000 000000", 1),), told=0.5)
_PRIVATE = Fact("customer_type", (Option("private", 1),), told=0.85)
_BUSINESS = Fact("customer_type", (Option("business", 1, 0.2),), told=0.9)
_FLEET = Fact("fleet_size", (Option(7, 45, 0.3), Option(25, 35, 0.5), Option(120, 20, 0.5)), told=0.85)
_SIZE = Fact("company_size", (Option(20, 40), Option(90, 40, 0.2), Option(500, 20, 0.1)))
_OF_ALL = (_COUNTRY, _DISTANCE, _LEFT, _PAYMENT, _TRADE_IN, _PHONE)

_MODELS = ("city-e", "family-e", "estate", "van", "roadster")
_PAGES = tuple(
    {"path": path}
    for path in (
        *("/", "/", "/magazine/range-in-winter", "/magazine/taxes", "/magazine/history", "/open-day"),
        *(f"/models/{model}" for model in _MODELS),
    )
)
_LATE_PAGES = tuple(
    {"path": path} for path in ("/stock/1041", "/stock/1107", "/stock/998", "/finance", "/finance/lease")
)
_CARS = tuple({"model": model} for model in _MODELS)
_QUESTIONS = (
    {"text": "Hat der Wagen eine Anhängerkupplung?"},
    {"text": "Is it still there?", "stock_number": "1107"},
    {
        "text": "Our lease ends in March and we tow a trailer twice a month; "
        "which of your estates in stock could be here by then?"
    },
)
_JOBS = Deed("page_viewed", 4, "visit", said=({"path": "/jobs"}, {"path": "/jobs/mechanic"}), burst=1)


def _likes(*ranges: tuple[str, float]) -> tuple[Fact, ...]:
    return (Fact("interests", tuple(Option(name, 1, fit) for name, fit in ranges), told=0.7),)


HABITS = Habits(
    template="car_dealer",
    holidays="DE",
    evenings=True,
    tiers=(
        Tier("private", 0.72, 0, (_PRIVATE, _BOUGHT_NONE, *_OF_ALL)),
        Tier("loyal", 0.16, 0, (_PRIVATE, _BOUGHT, *_OF_ALL)),
        Tier("business", 0.12, 1.3, (_BUSINESS, _BOUGHT_NONE, _FLEET, _SIZE, *_OF_ALL)),
    ),
    personas=(
        Persona(
            "fleet",
            "business",
            1,
            (Fact("job_title", (Option("Fleet Manager", 3, 0.3), Option("Owner", 2, 0.2))),),
            -0.5,
            0.4,
            1.5,
            3,
        ),
        Persona("loyal", "loyal", 1, _likes(("used", 0.1), ("family", 0.2), ("small", 0)), -0.3, 0.5, 0.7),
        Persona(
            "electric_newcomer", "private", 0.35, _likes(("electric", 0.0), ("electric|small", 0.1)), 0.5, -0.5, 1.8
        ),
        Persona("family", "private", 0.35, _likes(("family", 0.3), ("family|van", 0.3), ("used|van", 0.2)), 0.0, 0.1),
        Persona("", "private", 0.3, _likes(("small", 0.0), ("used", -0.1), ("sports", -0.6)), 0.3, -0.3, 1, 0.6),
    ),
    strangers=(
        Stranger("competitor", 0.015, 0.6, "rival-cars.example", asks=0.04),
        Stranger("trader", 0.025, 0.3, "car-export.example", asks=0.2),
        Stranger("supplier", 0.01, 0.0, "parts.example", own_deeds=(_JOBS,)),
    ),
    campaigns=(
        Campaign("", "search", 1, 365, 26, 0, 0.1),
        Campaign("", "car_portal", 1, 365, 20, 0, 0.4),
        Campaign("", "content", 1, 365, 10, 0, -0.3),
        Campaign("", "social", 1, 365, 10, 0, -0.5),
        Campaign("search-ads", "ads", 1, 365, 14, 48_000, 0.1),
        Campaign("spring-open-day", "email", 95, 10, 6, 9_000, 0.3),
        Campaign("win-a-roadster", "social", 160, 30, 8, 15_000, -1.0),
        Campaign("electric-weeks", "content", 255, 30, 6, 12_000, 0.1),
    ),
    entries={
        "search": {
            "configuration_saved": 4,
            "newsletter_subscribed": 4,
            "price_list_downloaded": 2,
        },
        "car_portal": {"car_parked": 6, "newsletter_subscribed": 3, "question_asked": 1},
        "content": {"ebook_downloaded": 4, "newsletter_subscribed": 3, "car_finder_completed": 1},
        "social": {"newsletter_subscribed": 4, "club_joined": 2, "configuration_saved": 1},
        "ads": {"configuration_saved": 4, "newsletter_subscribed": 3, "rate_calculated": 1},
        "email": {"newsletter_subscribed": 4, "test_drive_booked": 1, "webinar_registered": 1},
    },
    deeds=(
        Deed("page_viewed", 3.0, "visit", need=0.1, curiosity=0.8, said=_PAGES, burst=2),
        Deed("page_viewed", 0.7, "deciding", need=0.45, curiosity=0.2, said=_LATE_PAGES, burst=1),
        Deed("visit_ended", 0.5, "visit", curiosity=0.8, said=({"minutes": 3}, {"minutes": 9}, {"minutes": 25})),
        Deed("ad_clicked", 0.3, "visit", curiosity=0.5),
        Deed("newsletter_subscribed", 0.2, "known", curiosity=0.3, most=1),
        Deed("email_clicked", 2.4, "habit", curiosity=1.0),
        Deed("newsletter_unsubscribed", 0.06, "habit", most=1),
        Deed("social_commented", 0.1, "known", curiosity=1.0),
        Deed("social_followed", 0.1, "known", curiosity=0.5, most=1),
        Deed("ebook_downloaded", 0.1, "known", curiosity=0.6, content="e-book"),
        Deed("whitepaper_downloaded", 0.05, "known", curiosity=0.5, content="whitepaper"),
        Deed("club_joined", 0.05, "known", curiosity=0.6, most=1),
        Deed(
            "webinar_registered",
            0.05,
            "known",
            need=0.1,
            content="webinar",
            then=(Then("webinar_attended", 0.5, (1, 10)),),
        ),
        Deed("models_compared", 0.25, "known", need=0.2, curiosity=0.7),
        Deed("reviews_read", 0.2, "known", need=0.1, curiosity=0.7, said=_CARS),
        Deed("car_finder_completed", 0.05, "known", need=0.2, curiosity=0.4, content="questionnaire"),
        Deed("configuration_saved", 0.2, "known", need=0.1, curiosity=0.9, said=_CARS),
        Deed("car_parked", 0.12, "known", need=0.3, curiosity=0.5, said=_CARS),
        Deed("price_list_downloaded", 0.06, "deciding", need=0.3, curiosity=0.3),
        Deed("rate_calculated", 0.05, "deciding", need=0.5, curiosity=0.2, said=_CARS),
        Deed("valuation_requested", 0.02, "deciding", need=0.6, most=2),
        Deed("stock_alert_set", 0.02, "known", need=0.4, most=3, said=_CARS),
        Deed("price_requested", 0.015, "deciding", need=0.4, most=2, said=_CARS),
        Deed("question_asked", 0.03, "known", need=0.4, most=4, said=_QUESTIONS),
        Deed("email_replied", 0.05, "known", need=0.4, most=4, late=0.1),
        Deed("call_received", 0.015, "known", need=0.4, most=3, late=0.2),
        Deed("showroom_conversation", 0.025, "deciding", need=0.5, most=3, late=0.5),
        Deed("contact_requested", 0.012, "known", need=0.3, most=2),
        Deed(
            "test_drive_booked",
            0.02,
            "known",
            need=0.3,
            most=1,
            said=({"invited": True},),
            then=(Then("test_drive_done", 0.6, (1, 6)),),
        ),
    ),
    requests=(
        Request(
            "test_drive_booked", 5, ({"invited": False, "model": "family-e"}, {"invited": False, "model": "estate"})
        ),
        Request("quote_requested", 3, _CARS),
        Request("lease_offer_requested", 2, _CARS),
        Request(
            "contact_requested",
            2,
            tuple({"car": model, "buys": when} for model in _MODELS for when in ("now", "this month")),
        ),
        Request("callback_requested", 2),
    ),
    reps=(
        Rep("frank", ("DE",), 0.75, 0.1, 0.6),
        Rep("petra", ("DE", "NL"), 0.85, -0.1, 0.9),
        Rep("murat", ("DE", "PL"), 0.6, -0.3, 0.7),
        Rep("heino", ("DE", "DK"), 0.4, 0.5, 0.5),
    ),
    kinds=(
        Kind("e-book", "top"),
        Kind("whitepaper", "top"),
        Kind("webinar", "middle"),
        Kind("questionnaire", "middle"),
    ),
    topics=(
        Topic(
            "electric",
            "electric_newcomer",
            {
                "en": "Electric cars explained",
                "de": "Elektroautos erklärt",
                "nl": "Elektrische auto's uitgelegd",
                "da": "Elbiler forklaret",
            },
        ),
        Topic(
            "company-cars",
            "fleet",
            {
                "en": "Company cars and taxes",
                "de": "Firmenwagen und Steuern",
                "nl": "Leaseauto en belasting",
                "da": "Firmabil og skat",
            },
        ),
        Topic(
            "room",
            "family",
            {"en": "Room for five", "de": "Platz für fünf", "nl": "Ruimte voor vijf", "da": "Plads til fem"},
        ),
        Topic(
            "used",
            "loyal",
            {
                "en": "Buying used, safely",
                "de": "Gebraucht kaufen, aber sicher",
                "nl": "Veilig tweedehands kopen",
                "da": "Køb brugt med ro i sindet",
            },
        ),
    ),
    effects=Effects(need=1.0, fit=0.7, budget=0.5, request=1.4, answered_in_time=0.8, silence=-1.3),
    journey_days=40,
    price=24_000,
    means=21_000,
    months=(85, 90, 130, 120, 110, 95, 80, 80, 120, 110, 100, 80),
    buyers=0.06,
    asking=0.15,
    sale="car_bought",
    sales_so_far="cars_bought",
    loss="car_bought_elsewhere",
    pains=("lease ends", "repairs", "too small", "bans in the city", "fuel costs"),
    objections=("range", "price of the old car", "waiting time", "must ask at home"),
)
