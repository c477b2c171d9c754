"""A web shop for offices and homes: short journeys, crowded evenings, most customers never speak to anybody."""

from __future__ import annotations

from ripeline.generated import habits as h

_COUNTRY = h.Fact(
    "country",
    {"NL": (45, 0.4), "DE": (25, 0.3), "BE": (12, 0.3), "DK": (7, -0.1), "FR": (5, -0.3), "US": (6, -2.0)},
    told=0.9,
)
_RANGES = h.Fact(
    "interests",
    {
        "desks": (4, 0.3),
        "chairs": (4, 0.3),
        "chairs|desks": (2, 0.5),
        "lighting": (2, 0.1),
        "decoration": (4, -0.4),
        "storage": (2, 0),
    },
    told=0.6,
)
_ORDERS = h.Fact("orders", {0: (70, -0.2), 1: (17, 0.2), 2: (7, 0.5), 5: (6, 0.8)}, told=1.0)
_RETURNS = h.Fact("return_rate", {0: (60, 0.1), 10: (25, 0), 40: (10, -0.3), 70: (5, -0.8)}, told=0.5)
_PRIVATE = h.one_of("customer_type", "private", fit=-0.2, told=0.8)
_BUSINESS = h.one_of("customer_type", "business", fit=0.4, told=0.85)
_SIZE = h.Fact("company_size", {3: (30, -0.2), 12: (35, 0.2), 40: (25, 0.4), 200: (10, 0.1)})
_PAGES = h.each_of(
    path=("/", "/", "/guides/sitting-well", "/guides/light", "/guides/home-office", "/sale", "/about", "/returns")
)
_LATE_PAGES = h.each_of(path=("/delivery", "/delivery/assembly", "/business", "/business/terms"))
_PRODUCTS = ("oak-desk", "sit-stand-desk", "mesh-chair", "leather-chair", "desk-lamp", "shelf", "cabinet", "rug")
_GOODS = h.each_of(product=_PRODUCTS)
_VALUES = (49, 89, 120, 240, 380, 620, 1250, 2400)
_CARTS = tuple({"product": product, "cart_value": value} for product, value in zip(_PRODUCTS, _VALUES, strict=True))
_NEEDS = (
    "Twelve desks for a new office",
    "Zehn Stühle für den Besprechungsraum",
    "Stoelen voor een hele etage",
    "Borde til et klasselokale",
)
_ORDER_PATH = (h.Then("checkout_started", 0.45, (0, 0.02), (h.Then("cart_abandoned", 0.7, (0.04, 0.05)),)),)

HABITS = h.Habits(
    template="web_shop",
    holidays="NL",
    evenings=True,
    tiers=(
        h.Tier("home", 0.68, 0, (_PRIVATE, _COUNTRY, _RANGES, _ORDERS, _RETURNS)),
        h.Tier("office", 0.32, 1.5, (_BUSINESS, _COUNTRY, _RANGES, _ORDERS, _RETURNS, _SIZE)),
    ),
    personas=(
        h.Persona("private", "home", curiosity=0.1, asks=-0.5),
        h.Persona(
            "business",
            "office",
            (h.Fact("job_title", {"Owner": (2, 0.3), "Office Manager": (3, 0.3), "Assistant": (2, -0.1)}),),
            curiosity=-0.2,
            asks=0.7,
            length=1.7,
            spends=5,
        ),
    ),
    strangers=(
        h.Stranger("competitor", 0.015, 0.8, "rival-shop.example", asks=0.04),
        h.Stranger("staff", 0.01, 0.5, "shop.example"),
        h.Stranger("applicant", 0.005),
    ),
    campaigns=(
        h.Campaign("search", 30, 0.2),
        h.Campaign("content", 10, 0.0),
        h.Campaign("social", 10, -0.3),
        h.Campaign("ads", 20, 0.15, name="shopping-ads", cost=60_000),
        h.Campaign("email", 6, 0.5, name="new-year-office", day=5, days=30, cost=4_000),
        h.Campaign("social", 10, -0.7, name="summer-sale", day=170, days=30, cost=12_000),
        h.Campaign("content", 6, 0.2, name="home-office-weeks", day=250, days=40, cost=8_000),
        h.Campaign("ads", 8, -0.1, name="black-week", day=325, days=9, cost=25_000),
    ),
    entries={
        "search": {"newsletter_subscribed": 6, "product_added": 3, "chat_question_asked": 1},
        "content": {"whitepaper_downloaded": 3, "newsletter_subscribed": 3, "product_finder_completed": 2},
        "social": {"newsletter_subscribed": 5, "loyalty_program_joined": 2, "wish_list_added": 1},
        "ads": {"newsletter_subscribed": 5, "product_added": 2, "loyalty_program_joined": 1},
        "email": {"newsletter_subscribed": 3, "webinar_registered": 1, "contact_requested": 1},
    },
    deeds=(
        h.Deed("page_viewed", 1.5, "visit", curiosity=0.7, said=_PAGES, burst=1),
        h.Deed("product_viewed", 2.4, "visit", need=0.15, curiosity=0.8, said=_GOODS, burst=1.5),
        h.Deed("page_viewed", 0.4, "deciding", need=0.5, curiosity=0.2, said=_LATE_PAGES),
        h.Deed("ad_clicked", 0.5, "visit", curiosity=0.5),
        h.Deed("newsletter_subscribed", 0.25, curiosity=0.3, most=1),
        h.Deed("email_clicked", 3.0, "habit", curiosity=1.0),
        h.Deed("newsletter_unsubscribed", 0.1, "habit", most=1),
        h.Deed("social_shared", 0.05, curiosity=0.8),
        h.Deed("social_followed", 0.1, curiosity=0.4, most=1),
        h.Deed("loyalty_program_joined", 0.05, curiosity=0.2, most=1),
        h.Deed("whitepaper_downloaded", 0.06, curiosity=0.5, content="whitepaper"),
        h.Deed(
            "webinar_registered", 0.05, need=0.2, content="webinar", then=(h.Then("webinar_attended", 0.5, (1, 7)),)
        ),
        h.Deed("product_finder_completed", 0.05, need=0.2, curiosity=0.3, content="questionnaire"),
        h.Deed("products_compared", 0.12, need=0.3, curiosity=0.6, said=_GOODS),
        h.Deed("reviews_read", 0.18, need=0.25, curiosity=0.6, said=_GOODS),
        h.Deed("wish_list_added", 0.12, curiosity=0.7, said=_GOODS),
        h.Deed("product_added", 0.14, need=0.3, curiosity=0.4, said=_CARTS, then=_ORDER_PATH),
        h.Deed("product_added", 0.04, "deciding", need=0.6, said=h.each_of(cart_value=(3600, 5200)), then=_ORDER_PATH),
        h.Deed("chat_question_asked", 0.03, need=0.4, most=4),
        h.Deed("email_replied", 0.03, need=0.3, most=3, late=0.1),
        h.Deed("call_received", 0.015, need=0.4, most=2, late=0.2),
        h.Deed("showroom_conversation", 0.03, "deciding", need=0.5, most=2, late=0.6),
        h.Deed("sample_requested", 0.02, need=0.4, most=2),
        h.Deed("contact_requested", 0.015, need=0.3, most=2),
        h.Deed("consultation_booked", 0.015, need=0.3, most=1, said=({"invited": True},)),
    ),
    requests=(
        h.Request("contact_requested", 4, h.each_of(need=_NEEDS, needed_by=("now", "this month"))),
        h.Request("quote_requested", 4),
        h.Request("consultation_booked", 2, ({"invited": False},)),
    ),
    reps=(
        h.Rep("bram", ("NL", "BE"), in_time=0.8, strictness=0.0, diligence=0.85),
        h.Rep("lotte", ("NL", "FR"), in_time=0.5, strictness=0.5, diligence=0.6),
        h.Rep("heike", ("DE",), in_time=0.7, strictness=0.2, diligence=0.8),
        h.Rep("freja", ("DK", "US"), in_time=0.6, strictness=-0.3, diligence=0.5),
    ),
    topics=(
        h.Topic("sitting", "private", en="Sitting well", de="Gut sitzen", nl="Goed zitten", da="Sid godt"),
        h.Topic(
            "light", "private", en="The right light", de="Das richtige Licht", nl="Het juiste licht", da="Det rette lys"
        ),
        h.Topic(
            "new-office",
            "business",
            en="Furnishing an office",
            de="Ein Büro einrichten",
            nl="Een kantoor inrichten",
            da="Indret et kontor",
        ),
        h.Topic("leasing", "business", en="Renting furniture", de="Möbel mieten", nl="Meubels huren", da="Lej møbler"),
    ),
    effects=h.Effects(need=1.0, fit=0.7, budget=0.4, request=1.1, answered_in_time=0.6, silence=-1.3),
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
