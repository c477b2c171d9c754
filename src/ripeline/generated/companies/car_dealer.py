"""A car dealer: dreamers who configure for years, leases that end on a day, Saturdays, and test drives."""

from __future__ import annotations

from ripeline.generated import habits as h

_COUNTRY = h.Fact("country", {"DE": (92, 0), "NL": (3, 0), "DK": (3, 0), "PL": (2, -0.3)})
_DISTANCE = h.Fact("distance", {8: (35, 0.5), 22: (30, 0.4), 60: (18, 0), 150: (10, -0.5), 450: (7, -1.2)}, told=0.8)
_BOUGHT_NONE = h.one_of("cars_bought", 0, fit=-0.1, told=1.0)
_BOUGHT = h.Fact("cars_bought", {1: (5, 0.4), 2: (3, 0.6), 4: (2, 0.7)}, told=1.0)
_LEFT = h.Fact("months_left", {3: (15, 0.6), 10: (20, 0.3), 24: (65, -0.2)}, told=0.35)
_PAYMENT = h.Fact("payment", {"lease": (45, 0.1), "loan": (30, 0), "cash": (25, 0.1)}, told=0.4)
_TRADE_IN = h.Fact(
    "trade_in",
    {"compact, nine years old": (4, 0.2), "estate, six years old": (3, 0.3), "van, twelve years old": (2, 0)},
    told=0.35,
)
_PHONE = h.one_of("phone", "0000 000000", told=0.5)
_PRIVATE = h.one_of("customer_type", "private", told=0.85)
_BUSINESS = h.one_of("customer_type", "business", fit=0.2, told=0.9)
_FLEET = h.Fact("fleet_size", {7: (45, 0.3), 25: (35, 0.5), 120: (20, 0.5)}, told=0.85)
_SIZE = h.Fact("company_size", {20: (40, 0), 90: (40, 0.2), 500: (20, 0.1)})
_OF_ALL = (_COUNTRY, _DISTANCE, _LEFT, _PAYMENT, _TRADE_IN, _PHONE)
_MODELS = ("city-e", "family-e", "estate", "van", "roadster")
_PAGES = h.each_of(
    path=(
        "/",
        "/",
        "/magazine/range-in-winter",
        "/magazine/taxes",
        "/magazine/history",
        "/open-day",
        *(f"/models/{model}" for model in _MODELS),
    )
)
_LATE_PAGES = h.each_of(path=("/stock/1041", "/stock/1107", "/stock/998", "/finance", "/finance/lease"))
_CARS = h.each_of(model=_MODELS)
_QUESTIONS = (
    {"text": "Hat der Wagen eine Anhängerkupplung?"},
    {"text": "Is it still there?", "stock_number": "1107"},
    {
        "text": "Our lease ends in March and we tow a trailer twice a month; "
        "which of your estates in stock could be here by then?"
    },
)
_JOBS = h.Deed("page_viewed", 4, "visit", said=h.each_of(path=("/jobs", "/jobs/mechanic")), burst=1)

HABITS = h.Habits(
    template="car_dealer",
    holidays="DE",
    evenings=True,
    tiers=(
        h.Tier("private", 0.72, 0, (_PRIVATE, _BOUGHT_NONE, *_OF_ALL)),
        h.Tier("loyal", 0.16, 0, (_PRIVATE, _BOUGHT, *_OF_ALL)),
        h.Tier("business", 0.12, 1.3, (_BUSINESS, _BOUGHT_NONE, _FLEET, _SIZE, *_OF_ALL)),
    ),
    personas=(
        h.Persona(
            "fleet",
            "business",
            (h.Fact("job_title", {"Fleet Manager": (3, 0.3), "Owner": (2, 0.2)}),),
            curiosity=-0.5,
            asks=0.4,
            length=1.5,
            spends=3,
        ),
        h.Persona(
            "loyal",
            "loyal",
            (h.Fact("interests", {"used": (1, 0.1), "family": (1, 0.2), "small": (1, 0)}),),
            curiosity=-0.3,
            asks=0.5,
            length=0.7,
        ),
        h.Persona(
            "electric_newcomer",
            "private",
            (h.Fact("interests", {"electric": (1, 0.0), "electric|small": (1, 0.1)}),),
            share=0.35,
            curiosity=0.5,
            asks=-0.5,
            length=1.8,
        ),
        h.Persona(
            "family",
            "private",
            (h.Fact("interests", {"family": (1, 0.3), "family|van": (1, 0.3), "used|van": (1, 0.2)}),),
            share=0.35,
            asks=0.1,
        ),
        h.Persona(
            "",
            "private",
            (h.Fact("interests", {"small": (1, 0.0), "used": (1, -0.1), "sports": (1, -0.6)}),),
            share=0.3,
            curiosity=0.3,
            asks=-0.3,
            spends=0.6,
        ),
    ),
    strangers=(
        h.Stranger("competitor", 0.015, 0.6, "rival-cars.example", asks=0.04),
        h.Stranger("trader", 0.025, 0.3, "car-export.example", asks=0.2),
        h.Stranger("supplier", 0.01, 0.0, "parts.example", own_deeds=(_JOBS,)),
    ),
    campaigns=(
        h.Campaign("search", 26, 0.1),
        h.Campaign("car_portal", 20, 0.4),
        h.Campaign("content", 10, -0.3),
        h.Campaign("social", 10, -0.5),
        h.Campaign("ads", 14, 0.1, name="search-ads", cost=48_000),
        h.Campaign("email", 6, 0.3, name="spring-open-day", day=95, days=10, cost=9_000),
        h.Campaign("social", 8, -1.0, name="win-a-roadster", day=160, days=30, cost=15_000),
        h.Campaign("content", 6, 0.1, name="electric-weeks", day=255, days=30, cost=12_000),
    ),
    entries={
        "search": {"configuration_saved": 4, "newsletter_subscribed": 4, "price_list_downloaded": 2},
        "car_portal": {"car_parked": 6, "newsletter_subscribed": 3, "question_asked": 1},
        "content": {"ebook_downloaded": 4, "newsletter_subscribed": 3, "car_finder_completed": 1},
        "social": {"newsletter_subscribed": 4, "club_joined": 2, "configuration_saved": 1},
        "ads": {"configuration_saved": 4, "newsletter_subscribed": 3, "rate_calculated": 1},
        "email": {"newsletter_subscribed": 4, "test_drive_booked": 1, "webinar_registered": 1},
    },
    deeds=(
        h.Deed("page_viewed", 3.0, "visit", need=0.1, curiosity=0.8, said=_PAGES, burst=2),
        h.Deed("page_viewed", 0.7, "deciding", need=0.45, curiosity=0.2, said=_LATE_PAGES, burst=1),
        h.Deed("visit_ended", 0.5, "visit", curiosity=0.8, said=h.each_of(minutes=(3, 9, 25))),
        h.Deed("ad_clicked", 0.3, "visit", curiosity=0.5),
        h.Deed("newsletter_subscribed", 0.2, curiosity=0.3, most=1),
        h.Deed("email_clicked", 2.4, "habit", curiosity=1.0),
        h.Deed("newsletter_unsubscribed", 0.06, "habit", most=1),
        h.Deed("social_commented", 0.1, curiosity=1.0),
        h.Deed("social_followed", 0.1, curiosity=0.5, most=1),
        h.Deed("ebook_downloaded", 0.1, curiosity=0.6, content="e-book"),
        h.Deed("whitepaper_downloaded", 0.05, curiosity=0.5, content="whitepaper"),
        h.Deed("club_joined", 0.05, curiosity=0.6, most=1),
        h.Deed(
            "webinar_registered", 0.05, need=0.1, content="webinar", then=(h.Then("webinar_attended", 0.5, (1, 10)),)
        ),
        h.Deed("models_compared", 0.25, need=0.2, curiosity=0.7),
        h.Deed("reviews_read", 0.2, need=0.1, curiosity=0.7, said=_CARS),
        h.Deed("car_finder_completed", 0.05, need=0.2, curiosity=0.4, content="questionnaire"),
        h.Deed("configuration_saved", 0.2, need=0.1, curiosity=0.9, said=_CARS),
        h.Deed("car_parked", 0.12, need=0.3, curiosity=0.5, said=_CARS),
        h.Deed("price_list_downloaded", 0.06, "deciding", need=0.3, curiosity=0.3),
        h.Deed("rate_calculated", 0.05, "deciding", need=0.5, curiosity=0.2, said=_CARS),
        h.Deed("valuation_requested", 0.02, "deciding", need=0.6, most=2),
        h.Deed("stock_alert_set", 0.02, need=0.4, most=3, said=_CARS),
        h.Deed("price_requested", 0.015, "deciding", need=0.4, most=2, said=_CARS),
        h.Deed("question_asked", 0.03, need=0.4, most=4, said=_QUESTIONS),
        h.Deed("email_replied", 0.05, need=0.4, most=4, late=0.1),
        h.Deed("call_received", 0.015, need=0.4, most=3, late=0.2),
        h.Deed("showroom_conversation", 0.025, "deciding", need=0.5, most=3, late=0.5),
        h.Deed("contact_requested", 0.012, need=0.3, most=2),
        h.Deed(
            "test_drive_booked",
            0.02,
            need=0.3,
            most=1,
            said=({"invited": True},),
            then=(h.Then("test_drive_done", 0.6, (1, 6)),),
        ),
    ),
    requests=(
        h.Request(
            "test_drive_booked", 5, ({"invited": False, "model": "family-e"}, {"invited": False, "model": "estate"})
        ),
        h.Request("quote_requested", 3, _CARS),
        h.Request("lease_offer_requested", 2, _CARS),
        h.Request("contact_requested", 2, h.each_of(car=_MODELS, buys=("now", "this month"))),
        h.Request("callback_requested", 2),
    ),
    reps=(
        h.Rep("frank", ("DE",), in_time=0.75, strictness=0.1, diligence=0.6),
        h.Rep("petra", ("DE", "NL"), in_time=0.85, strictness=-0.1, diligence=0.9),
        h.Rep("murat", ("DE", "PL"), in_time=0.6, strictness=-0.3, diligence=0.7),
        h.Rep("heino", ("DE", "DK"), in_time=0.4, strictness=0.5, diligence=0.5),
    ),
    topics=(
        h.Topic(
            "electric",
            "electric_newcomer",
            en="Electric cars explained",
            de="Elektroautos erklärt",
            nl="Elektrische auto's uitgelegd",
            da="Elbiler forklaret",
        ),
        h.Topic(
            "company-cars",
            "fleet",
            en="Company cars and taxes",
            de="Firmenwagen und Steuern",
            nl="Leaseauto en belasting",
            da="Firmabil og skat",
        ),
        h.Topic("room", "family", en="Room for five", de="Platz für fünf", nl="Ruimte voor vijf", da="Plads til fem"),
        h.Topic(
            "used",
            "loyal",
            en="Buying used, safely",
            de="Gebraucht kaufen, aber sicher",
            nl="Veilig tweedehands kopen",
            da="Køb brugt med ro i sindet",
        ),
    ),
    effects=h.Effects(need=1.0, fit=0.7, budget=0.5, request=1.4, answered_in_time=0.8, silence=-1.3),
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
