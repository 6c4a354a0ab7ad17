from __future__ import annotations

import pytest

from mayadeen.extraction.calls import is_call
from mayadeen.extraction.dom import parse_html, text_of
from mayadeen.items import Link

TELEGRAM = "<a href='https://t.me/daily'>{}</a>"


def reads_as_call(html: str) -> bool:
    root = parse_html(f"<p>{html}</p>")
    return is_call(text_of(root), [Link(text=text_of(a), url=a.get("href") or "") for a in root.iter("a")])


@pytest.mark.parametrize(
    "html",
    [
        f"Follow us on {TELEGRAM.format('Telegram')}",
        f"For all the news of the day, {TELEGRAM.format('join our Telegram channel')}.",
        "Follow The Daily Quay on <a href='https://x.com/q'>X</a> and <a href='https://www.facebook.com/q'>Facebook</a>.",
        "Sign up for our <a href='https://quay.test/newsletters/daily'>daily letter</a> and never miss a story!",
        "Share",
        "SHARE THIS ARTICLE:",
        "Subscribe to our channel",
        "Share this story: <a href='https://www.facebook.com/sharer.php?u=1'>Facebook</a>",
        f"تابعونا على {TELEGRAM.format('تلغرام')}",
        f"للمزيد من الأخبار {TELEGRAM.format('تابعوا قناتنا على تلغرام')}",
        "شارك المقال",
        "شارك عبر فيسبوك وتويتر",
        f"Síguenos en {TELEGRAM.format('Telegram')}",
        f"¡{TELEGRAM.format('Únete a nuestro canal')} y no te pierdas nada!",
        "Compartir esta nota",
    ],
)
def test_a_paragraph_that_only_calls_readers(html: str) -> None:
    assert reads_as_call(html)


@pytest.mark.parametrize(
    "html",
    [
        f"“Follow us on {TELEGRAM.format('Telegram')},” the union wrote to its members.",
        f"The union said on its {TELEGRAM.format('Telegram channel')} that it would not give way.",
        f"Share prices fell by four percent on Monday, analysts said on {TELEGRAM.format('Telegram')}.",
        "Follow the money, the auditors said.",
        "Join the party or leave it, he wrote to them: <a href='https://quay.test/news/join'>our report</a>.",
        "Follow his words <a href='https://x.com/m/status/12'>on X</a>",
        "شارك الوزير في الاجتماع يوم الاثنين",
        f"وقالت النقابة في {TELEGRAM.format('قناتها على تلغرام')} إنها لن تتراجع.",
        "Siga el dinero, dijeron los auditores.",
        "",
    ],
)
def test_a_sentence_that_begins_alike_is_text(html: str) -> None:
    assert not reads_as_call(html)
