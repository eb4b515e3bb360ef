"""Repeats, other languages and odd cells among the invented reviews (sample data)."""

from __future__ import annotations

# Each holds a text and the stars given every time it is posted.
REPEATED_SHORT_TEXTS: tuple[tuple[str, tuple[int, ...]], ...] = (
    ("Good", (5, 4, 4, 5, 3)),
    ("Great product", (5, 5, 5, 4)),
    ("as described", (5, 4, 4)),
    ("Excellent", (5, 5, 5)),
    ("Love it!", (5, 5, 5)),
    ("ok", (3, 3)),
    ("Rubbish", (1, 1)),
    ("Very good, fast delivery", (5, 4)),
)

# (product, stars, text): each is posted twice, as happens when a form is sent again.
REPEATED_LONG_TEXTS: tuple[tuple[str, int, str], ...] = (
    (
        "Otter Robot Vacuum",
        4,
        (
            "Bought this on the recommendation of a friend and it has been a great help since my "
            "knee operation. It's not the quietest and it doesn't like the bath mat, but the "
            "floors are clean when I get up in the morning. Delivery was quick."
        ),
    ),
    (
        "Drizzle Rain Jacket",
        1,
        (
            "I'm sending this again because the page froze the first time. The lining came away at "
            "the collar in the second week and customer services want me to pay for postage. "
            "Not acceptable for a jacket at this price."
        ),
    ),
)

# Each holds product, stars and text.
OTHER_LANGUAGES: tuple[tuple[str, int, str], ...] = (
    (
        "Curlew Headphones",
        5,
        (
            "Sehr guter Klang, sitzt bequem, auch mit Brille. Der Akku hält bei mir eine ganze "
            "Woche. Klare Empfehlung!"
        ),
    ),
    (
        "Beck Kettle",
        2,
        (
            "Jolie bouilloire mais le couvercle ferme mal et l'eau coule à côté de la tasse. "
            "Déçue, surtout à ce prix."
        ),
    ),
    (
        "Scree 28 Backpack",
        5,
        (
            "La mochila es muy cómoda y cabe todo. La he llevado diez días por la montaña "
            "y ni un rasguño."
        ),
    ),
    (
        "Daybreak Coffee Subscription",
        4,
        "Buon caffè, profumato e mai amaro. Peccato solo per il sacchetto, troppo piccolo.",
    ),
    (
        "Otter Robot Vacuum",
        1,
        "Po trzech tygodniach przestał działać, a obsługa klienta nie odpowiada. Nie polecam.",
    ),
    (
        "Heron Desk Lamp",
        5,
        "光がやわらかくて目が疲れません。デザインもシンプルで気に入っています。",
    ),
)

# Text that trips up spreadsheets and CSV readers: (product, stars, text)
AWKWARD_TEXTS: tuple[tuple[str, int, str], ...] = (
    ("Otter Robot Vacuum", 3, "- heavy\n- loud\n+ cheap in the sale\n+ cleans well"),
    ("Heron Desk Lamp", 5, "   Really nice lamp, gives a good light and looks smart.  "),
    (
        "Tarn & Fell App & Delivery",
        2,
        (
            'The driver said "sorry, wrong van", the app said "delivered, signed by Sam", '
            "and I said nothing, because nobody was there."
        ),
    ),
)

# What stands in "Review Text" when it holds no text: (product, stars)
EMPTY_CELLS: tuple[tuple[str, int], ...] = (
    ("Curlew Headphones", 5),
    ("Scree 28 Backpack", 5),
    ("Tarn & Fell App & Delivery", 1),
    ("Beck Kettle", 4),
    ("Daybreak Coffee Subscription", 5),
    ("Heron Desk Lamp", 3),
    ("Drizzle Rain Jacket", 2),
)
WHITESPACE_CELLS: tuple[tuple[str, int, str], ...] = (
    ("Otter Robot Vacuum", 5, "   "),
    ("Tarn & Fell App & Delivery", 4, "   "),
)
NUMBER_CELL: tuple[str, int, int] = ("Beck Kettle", 5, 5)
ERROR_CELL: tuple[str, int] = ("Curlew Headphones", 4)
