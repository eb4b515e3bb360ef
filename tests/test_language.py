import csv
import socket
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from cellsense import language
from cellsense.language import Found, language_name, other_language

REVIEWS = Path(__file__).parents[1] / "workbooks" / "reviews.csv"

OTHER = [
    ("de", "Die Kopfhörer klingen gut, drücken aber nach einer Stunde auf den Ohren."),
    ("de", "Leider schon nach zwei Wochen kaputt, ich bin enttäuscht."),
    ("fr", "La batterie ne tient pas deux heures, je suis très déçue."),
    ("fr", "Livraison rapide et produit conforme à la description"),
    ("es", "Llegó tarde y con la caja rota, no lo recomiendo."),
    ("es", "Estoy muy contenta con la compra, funciona de maravilla."),
    ("it", "Il caffè è buono ma la spedizione ha impiegato tre settimane."),
    ("pt", "O aplicativo trava o tempo todo, não recomendo."),
    ("nl", "De jas is mooi, maar na een week was de rits al stuk."),
    ("pl", "Plecak jest wygodny, ale po miesiącu popsuł się zamek."),
    ("cs", "Lampa svítí příjemně, ale po týdnu přestala fungovat."),
    ("sv", "Jackan är snygg men håller inte regnet ute alls."),
    ("fi", "Kuulokkeet hajosivat viikossa eikä kukaan vastaa sähköpostiin."),
    ("ro", "Sunt foarte mulțumit de produs, a ajuns repede și arată bine."),
    ("hu", "Nagyon elégedett vagyok vele, minden nap használom."),
    ("tr", "Çanta çok güzel ama fermuarı bir hafta sonra bozuldu."),
    ("vi", "Hàng giao chậm nhưng chất lượng rất tốt, tôi hài lòng."),
    ("id", "Barangnya bagus sekali dan pengirimannya cepat, terima kasih."),
    ("ru", "Пылесос шумит и застревает под диваном, жалею о покупке."),
    ("uk", "Дуже задоволена покупкою, дякую за швидку доставку."),
    ("el", "Το φωτιστικό είναι όμορφο αλλά χάλασε σε μία εβδομάδα."),
    ("ar", "السماعات رائعة والصوت واضح جدا"),
    ("he", "המוצר הגיע שבור ואף אחד לא עונה לי"),
    ("hi", "यह बैग बहुत मजबूत है और दाम भी ठीक है"),
    ("th", "กระเป๋าสวยมากแต่ซิปเสียหลังจากใช้ไปหนึ่งสัปดาห์"),
    ("ja", "音はいいけれど、すぐに耳が痛くなります。"),
    ("zh", "质量很好，物流也很快，下次还会再买。"),
    ("ko", "배송은 빨랐지만 일주일 만에 고장났어요."),
    # As typed on a phone, or read through the wrong encoding.
    ("fr", "tres decu par la qualite, je ne rachete plus jamais ici"),
    ("de", "SEHR GUTE QUALITÄT, GERNE WIEDER BEI DIESEM HÄNDLER"),
    ("fr", "Trs agrable sjour, le personnel est l'coute des clients"),
    ("es", "muy buen producto!!! 😍😍 lo recomiendo a todos https://example.com/the-best-of-it"),
]

ENGLISH = [
    "Bon Appetit restaurant was great",
    "très chic dress, love it",
    "The décor at Café Zoë is a bit cliché but the crème brûlée, mmm",
    "omg this is sooo goood luv it!!!",
    "gr8 app thx u guys r da best",
    "recieved teh wrng itme and nobdy anwsers my emials",
    "WORST PURCHASE EVER. DO NOT BUY!!!",
    "haha haha haha haha lol",
    "LOL LOL LOL LOL LOL",
    "nooooooo whyyyyyy did u change it",
    "Häagen-Dazs, Nestlé and L'Oréal all at half price",
    "IKEA Malm, Billy, Kallax and Poäng all arrived in one piece",
    "Had the pad thai, tom yum and a Singha. Heaven.",
    "Loved the tapas, patatas bravas and jamón ibérico; the paella was meh",
    "bahut accha phone but the battery is very bad yaar",
    "Muchas gracias to the team, you made my day",
    "The phone is 很好 as my wife would say, works well",
    "https://beispiel.example/das-ist-ein-sehr-gutes-produkt-und-schnell",
    "@der_laden @die_leute #sehrgut #schnelle #lieferung nice",
    "Works with iOS, macOS and Windows via USB-C",
    "battery poor, screen dim, speakers tinny, camera blurry",
    "comfy stylish sturdy cheap",
    "ten out of ten, no notes",
    "ok",
    "5/5",
    "£12.99 per kg",
    "10 x 20 cm, 2.5 kg, 230 V",
    "👍👍👍 😍",
    "¯\\_(ツ)_/¯",
    "ಠ_ಠ",
    "(╯°□°)╯︵ ┻━┻",
    "𝓛𝓸𝓿𝓮 𝓽𝓱𝓲𝓼 𝓼𝓱𝓸𝓹",
    "ｇｒｅａｔ　ｓｅｒｖｉｃｅ",
    "5 µm filter, 10 kΩ, ±2 °C",
    "",
    " \n\t ",
    "\ud800 lone surrogate",
]

TOO_SHORT = ["Sehr gut", "Très bon", "Muy malo", "Ottimo", "Nie wieder!", "Bra", "super toll"]

# One word can be in several languages of its script: any of them will do.
OTHER_SCRIPTS = [
    ("ru bg uk mk sr be", "Отлично"),
    ("ja", "ありがとう"),
    ("ko", "좋아요"),
    ("zh", "很好"),
    ("zh", "好"),
    ("th", "ดีมาก"),
    ("el", "Τέλειο"),
    ("ar fa ur", "ممتاز"),
    ("he", "מעולה"),
    ("hi mr ne", "अच्छा"),
    ("ta", "நல்ல தரம்"),
    ("ka", "ძალიან კარგია"),
    ("zh", "酒店很好，check in 很快 👍"),
]


@pytest.mark.parametrize(("code", "text"), OTHER)
def test_other_languages_are_found(code: str, text: str) -> None:
    found = other_language(text)
    assert found is not None
    assert found.code == code
    assert 0.9 <= found.probability <= 1.0


@pytest.mark.parametrize("text", ENGLISH)
def test_english_and_what_is_no_language_pass(text: str) -> None:
    assert other_language(text) is None


@pytest.mark.parametrize("text", TOO_SHORT)
def test_too_short_to_tell_passes(text: str) -> None:
    assert other_language(text) is None


@pytest.mark.parametrize(("codes", "text"), OTHER_SCRIPTS)
def test_another_script_is_found_however_short(codes: str, text: str) -> None:
    found = other_language(text)
    assert found is not None
    assert found.code in codes.split()
    assert 0.5 <= found.probability <= 1.0


def test_of_the_sample_reviews_only_the_foreign_ones_are_flagged() -> None:
    with REVIEWS.open(encoding="utf-8-sig", newline="") as file:
        texts = [row["Review Text"] for row in csv.DictReader(file)]
    flagged = {text[:12]: found.code for text in texts if (found := other_language(text))}
    assert len(texts) == 1000
    assert flagged == {
        "Po trzech ty": "pl",
        "Buon caffè, ": "it",
        "La mochila e": "es",
        "Jolie bouill": "fr",
        "Sehr guter K": "de",
        "光がやわらかくて目が疲れ": "ja",
    }


def test_names() -> None:
    assert language_name("de") == "German"
    assert language_name("qq") == "qq"
    found = [other_language(text) for _, text in OTHER]
    assert all(hit and language_name(hit.code) != hit.code for hit in found)


def test_a_long_text_costs_no_more_than_its_head() -> None:
    assert other_language("Der Akku ist leider schon nach zwei Wochen kaputt. " * 50_000)


def test_same_answer_every_time_from_every_thread() -> None:
    texts = [text for _, text in OTHER + OTHER_SCRIPTS] + ENGLISH
    expected = [other_language(text) for text in texts]
    language._load.cache_clear()
    with ThreadPoolExecutor(8) as pool:
        results = list(pool.map(lambda _: [other_language(text) for text in texts], range(16)))
    assert all(result == expected for result in results)
    assert language._load.cache_info().misses == 1


def modules_after(code: str) -> set[str]:
    done = subprocess.run(
        [sys.executable, "-c", f"{code}\nimport sys; print(*sys.modules)"],
        capture_output=True,
        text=True,
        check=True,
    )
    return set(done.stdout.splitlines()[-1].split())


@pytest.mark.parametrize("text", ["", "It is a good lamp and I like it", "ok"])
def test_plain_english_never_loads_the_detector(text: str) -> None:
    code = f"from cellsense.language import other_language; other_language({text!r})"
    assert modules_after(code).isdisjoint({"py3langid", "numpy"})


def test_no_socket_is_opened(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*args: object, **options: object) -> None:
        pytest.fail("a socket was opened")

    monkeypatch.setattr(socket, "socket", refuse)
    monkeypatch.setattr(socket, "create_connection", refuse)
    language._load.cache_clear()
    found = other_language(OTHER[0][1])
    assert isinstance(found, Found)
