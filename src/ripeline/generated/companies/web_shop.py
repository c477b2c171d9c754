"""A web shop for offices and homes: short journeys, crowded evenings, most customers never speak to anybody."""

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
        Option("NL", 45, 0.4),
        Option("DE", 25, 0.3),
        Option("BE", 12, 0.3),
        Option("DK", 7, -0.1),
        Option("FR", 5, -0.3),
        Option("US", 6, -2.0),
    ),
    told=0.9,
)
_RANGES = Fact(
    "interests",
    (
        Option("desks", 4, 0.3),
        Option("chairs", 4, 0.3),
        Option("chairs|desks", 2, 0.5),
        Option("lighting", 2, 0.1),
        Option("decoration", 4, -0.4),
        Option("storage", 2),
    ),
    told=0.6,
)
_ORDERS = Fact("orders", (Option(0, 70, -0.2), Option(1, 17, 0.2), Option(2, 7, 0.5), Option(5, 6, 0.8)), told=1.0)
_RETURNS = Fact(
    "return_rate", (Option(0, 60, 0.1), Option(10, 25), Option(40, 10, -0.3), Option(70, 5, -0.8)), told=0.5
)
_PRIVATE = Fact("customer_type", (Option("private", 1, -0.2),), told=0.8)
_BUSINESS = Fact("customer_type", (Option("business", 1, 0.4),), told=0.85)
_SIZE = Fact("company_size", (Option(3, 30, -0.2), Option(12, 35, 0.2), Option(40, 25, 0.4), Option(200, 10, 0.1)))

_PAGES = tuple(
    {"path": path}
    for path in (
        "/",
        "/",
        "/guides/sitting-well",
        "/guides/light",
        "/guides/home-office",
        "/sale",
        "/about",
        "/returns",
    )
)
_LATE_PAGES = tuple({"path": path} for path in ("/delivery", "/delivery/assembly", "/business", "/business/terms"))
_PRODUCTS = ("oak-desk", "sit-stand-desk", "mesh-chair", "leather-chair", "desk-lamp", "shelf", "cabinet", "rug")
_GOODS = tuple({"product": product} for product in _PRODUCTS)
_CARTS = tuple(
    {"product": _PRODUCTS[n % 8], "cart_value": value}
    for n, value in enumerate((49, 89, 120, 240, 380, 620, 1250, 2400))
)
_NEEDS = (
    "Twelve desks for a new office",
    "Zehn Stühle für den Besprechungsraum",
    "Stoelen voor een hele etage",
    "Borde til et klasselokale",
)
_ORDER_PATH = (Then("checkout_started", 0.45, (0, 0.02), (Then("cart_abandoned", 0.7, (0.04, 0.05)),)),)

HABITS = Habits(
    template="web_shop",
    holidays="NL",
    evenings=True,
    tiers=(
        Tier("home", 0.68, 0, (_PRIVATE, _COUNTRY, _RANGES, _ORDERS, _RETURNS)),
        Tier("office", 0.32, 1.5, (_BUSINESS, _COUNTRY, _RANGES, _ORDERS, _RETURNS, _SIZE)),
    ),
    personas=(
        Persona("private", "home", 1, curiosity=0.1, asks=-0.5),
        Persona(
            "business",
            "office",
            1,
            (
                Fact(
                    "job_title",
                    (Option("Owner", 2, 0.3), Option("Office Manager", 3, 0.3), Option("Assistant", 2, -0.1)),
                ),
            ),
            curiosity=-0.2,
            asks=0.7,
            length=1.7,
            spends=5,
        ),
    ),
    strangers=(
        Stranger("competitor", 0.015, 0.8, "rival-shop.example", asks=0.04),
        Stranger("staff", 0.01, 0.5, "shop.example"),
        Stranger("applicant", 0.005, 0.0, "mail.example"),
    ),
    campaigns=(
        Campaign("", "search", 1, 365, 30, 0, 0.2),
        Campaign("", "content", 1, 365, 10, 0, 0.0),
        Campaign("", "social", 1, 365, 10, 0, -0.3),
        Campaign("shopping-ads", "ads", 1, 365, 20, 60_000, 0.15),
        Campaign("new-year-office", "email", 5, 30, 6, 4_000, 0.5),
        Campaign("summer-sale", "social", 170, 30, 10, 12_000, -0.7),
        Campaign("home-office-weeks", "content", 250, 40, 6, 8_000, 0.2),
        Campaign("black-week", "ads", 325, 9, 8, 25_000, -0.1),
    ),
    entries={
        "search": {"newsletter_subscribed": 6, "product_added": 3, "chat_question_asked": 1},
        "content": {"whitepaper_downloaded": 3, "newsletter_subscribed": 3, "product_finder_completed": 2},
        "social": {"newsletter_subscribed": 5, "loyalty_program_joined": 2, "wish_list_added": 1},
        "ads": {"newsletter_subscribed": 5, "product_added": 2, "loyalty_program_joined": 1},
        "email": {"newsletter_subscribed": 3, "webinar_registered": 1, "contact_requested": 1},
    },
    deeds=(
        Deed("page_viewed", 1.5, "visit", curiosity=0.7, said=_PAGES, burst=1),
        Deed("product_viewed", 2.4, "visit", need=0.15, curiosity=0.8, said=_GOODS, burst=1.5),
        Deed("page_viewed", 0.4, "deciding", need=0.5, curiosity=0.2, said=_LATE_PAGES),
        Deed("ad_clicked", 0.5, "visit", curiosity=0.5),
        Deed("newsletter_subscribed", 0.25, "known", curiosity=0.3, most=1),
        Deed("email_clicked", 3.0, "habit", curiosity=1.0),
        Deed("newsletter_unsubscribed", 0.1, "habit", most=1),
        Deed("social_shared", 0.05, "known", curiosity=0.8),
        Deed("social_followed", 0.1, "known", curiosity=0.4, most=1),
        Deed("loyalty_program_joined", 0.05, "known", curiosity=0.2, most=1),
        Deed("whitepaper_downloaded", 0.06, "known", curiosity=0.5, content="whitepaper"),
        Deed(
            "webinar_registered",
            0.05,
            "known",
            need=0.2,
            content="webinar",
            then=(Then("webinar_attended", 0.5, (1, 7)),),
        ),
        Deed("product_finder_completed", 0.05, "known", need=0.2, curiosity=0.3, content="questionnaire"),
        Deed("products_compared", 0.12, "known", need=0.3, curiosity=0.6, said=_GOODS),
        Deed("reviews_read", 0.18, "known", need=0.25, curiosity=0.6, said=_GOODS),
        Deed("wish_list_added", 0.12, "known", curiosity=0.7, said=_GOODS),
        Deed("product_added", 0.14, "known", need=0.3, curiosity=0.4, said=_CARTS, then=_ORDER_PATH),
        Deed(
            "product_added",
            0.04,
            "deciding",
            need=0.6,
            said=({"cart_value": 3600}, {"cart_value": 5200}),
            then=_ORDER_PATH,
        ),
        Deed("chat_question_asked", 0.03, "known", need=0.4, most=4),
        Deed("email_replied", 0.03, "known", need=0.3, most=3, late=0.1),
        Deed("call_received", 0.015, "known", need=0.4, most=2, late=0.2),
        Deed("showroom_conversation", 0.03, "deciding", need=0.5, most=2, late=0.6),
        Deed("sample_requested", 0.02, "known", need=0.4, most=2),
        Deed("contact_requested", 0.015, "known", need=0.3, most=2),
        Deed("consultation_booked", 0.015, "known", need=0.3, most=1, said=({"invited": True},)),
    ),
    requests=(
        Request(
            "contact_requested", 4, tuple({"need": n, "needed_by": b} for n in _NEEDS for b in ("now", "this month"))
        ),
        Request("quote_requested", 4),
        Request("consultation_booked", 2, ({"invited": False},)),
    ),
    reps=(
        Rep("bram", ("NL", "BE"), 0.8, 0.0, 0.85),
        Rep("lotte", ("NL", "FR"), 0.5, 0.5, 0.6),
        Rep("heike", ("DE",), 0.7, 0.2, 0.8),
        Rep("freja", ("DK", "US"), 0.6, -0.3, 0.5),
    ),
    kinds=(Kind("whitepaper", "top"), Kind("webinar", "middle"), Kind("questionnaire", "middle")),
    topics=(
        Topic("sitting", "private", {"en": "Sitting well", "de": "Gut sitzen", "nl": "Goed zitten", "da": "Sid godt"}),
        Topic(
            "light",
            "private",
            {"en": "The right light", "de": "Das richtige Licht", "nl": "Het juiste licht", "da": "Det rette lys"},
        ),
        Topic(
            "new-office",
            "business",
            {
                "en": "Furnishing an office",
                "de": "Ein Büro einrichten",
                "nl": "Een kantoor inrichten",
                "da": "Indret et kontor",
            },
        ),
        Topic(
            "leasing",
            "business",
            {"en": "Renting furniture", "de": "Möbel mieten", "nl": "Meubels huren", "da": "Lej møbler"},
        ),
    ),
    effects=Effects(need=1.0, fit=0.7, budget=0.4, request=1.1, answered_in_time=0.6, silence=-1.3),
    journey_days=16,
    price=420,
    means=330,
    months=(115, 100, 95, 90, 85, 80, 75, 85, 105, 110, 140, 120),
    buyers=0.065,
    asking=0.08,
    silent=0.3,
    sale="order_completed",
    sales_so_far="orders",
    pains=("back pain", "little space", "bad light", "slow delivery"),
    objections=("delivery costs", "cannot try it", "too expensive", "waiting for the sale"),
)
