"""What headers say, and how long texts are, in any script."""

import re

# Names of columns that hold reviews, and of columns that hold something about them.
TELLING = re.compile(
    r"review|comment|feedback|text|opinion|verbatim|response|answer|message|body|content|remark"
    r"|complaint|testimonial|bewertung|kommentar|rezension|bemerk|avis|commentaire|reseñ"
    r"|comentario|opini|recension|commento|beoordeling|avalia|коммент|отзыв|レビュー|评论|評論",
    re.IGNORECASE,
)
MISLEADING = re.compile(
    r"title|subject|headline|name|\bid\b|\bnr\b|url|link|mail|address|date|datum|categor|product"
    r"|titel|título|番号",
    re.IGNORECASE,
)
# Scripts that put no spaces between words; a word is about two of their characters.
_UNSPACED = re.compile(r"[\u0e00-\u0e7f\u3040-\u30ff\u3400-\u9fff]")


def count_words(text: str) -> float:
    """Count words; texts in Chinese, Japanese and Thai by their characters."""
    unspaced = len(_UNSPACED.findall(text))
    return len(_UNSPACED.sub("", text).split()) + unspaced / 2
