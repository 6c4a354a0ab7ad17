"""Words of dates and times, by language, as in ``words.py``."""

from __future__ import annotations

from mayadeen.site.phrases import Phrases, by_phrase
from mayadeen.site.text import normalize_label

UPDATED_LABELS = Phrases(
    en="Updated|Last updated|Last update|Update|Modified|Last modified|Edited|Last edited|Revised|Date updated|"
    "Date modified",
    ar="آخر تحديث|تم التحديث|تم تحديثه|تم تحديث الخبر|تحديث|التحديث|تاريخ التحديث|محدّث|حُدّث|حدثت|آخر تعديل|تم التعديل|"
    "تعديل|تاريخ التعديل|عُدّل|آخر تحديث للخبر",
    es="Actualizado|Actualizada|Actualización|Última actualización|Fecha de actualización|Modificado|Modificada|"
    "Última modificación|Fecha de modificación|Editado|Última edición|Revisado|Actualizado por última vez",
)
PUBLISHED_LABELS = Phrases(
    en="Published|First published|Originally published|Posted|Issued|Created|Date|Publication date|Date published|"
    "Publish date|Published date|Post date|Written|Written on",
    ar="نُشر|نشرت|نشر بتاريخ|تم النشر|تم نشره|تاريخ النشر|تاريخ|التاريخ|النشر|بتاريخ|أول نشر|نشر الخبر|تاريخ الإنشاء|"
    "كُتب|كُتب في",
    es="Publicado|Publicada|Publicación|Fecha|Fecha de publicación|Publicado por primera vez|Creado|Publicado en|"
    "Escrito|Escrito el",
)

MONTHS: dict[str, frozenset[int]] = {
    normalize_label(name): frozenset({number})
    for number, names in enumerate(
        (
            "jan|january|ene|enero|كانون الثاني|كانون ثاني|كانون 2|كانون ثان|ك2|يناير|جانفي",
            "feb|february|febrero|شباط|فبراير|فيفري",
            "march|marzo|آذار|مارس",
            "apr|april|abr|abril|نيسان|أبريل|إبريل|أفريل|ابريل",
            "may|mayo|أيار|مايو|ماي",
            "jun|june|junio|حزيران|يونيو|يونية|يونيه|جوان|يونيوه",
            "jul|july|julio|تموز|يوليو|يولية|يوليوز|جويلية",
            "aug|august|ago|agosto|آب|أغسطس|أوت|غشت|اغسطس|أوغسطس",
            "sep|sept|september|septiembre|set|setiembre|أيلول|سبتمبر|شتنبر|سبتمر",
            "oct|october|octubre|تشرين الأول|تشرين أول|تشرين 1|ت1|أكتوبر|أوكتوبر",
            "nov|november|noviembre|تشرين الثاني|تشرين ثاني|تشرين 2|تشرين ثان|ت2|نوفمبر|نونبر",
            "dec|december|dic|diciembre|كانون الأول|كانون أول|كانون 1|ك1|ديسمبر|دجنبر|دسمبر",
        ),
        1,
    )
    for name in names.split("|")
} | {"mar": frozenset({0, 3})}
"""Names of months: English, Spanish, Levantine, Gregorian, Maghreb. 0 marks a word that may be a weekday instead."""
WEEKDAYS = Phrases(
    en="Mon|Monday|Tue|Tues|Tuesday|Wed|Weds|Wednesday|Thu|Thur|Thurs|Thursday|Fri|Friday|Sat|Saturday|Sun|Sunday",
    ar="الإثنين|الثلاثاء|الأربعاء|الخميس|الجمعة|السبت|الأحد|إثنين|ثلاثاء|أربعاء|خميس|جمعة|سبت|أحد|يوم الإثنين|"
    "الثلثاء|الاربعا",
    es="lunes|martes|miércoles|jueves|viernes|sábado|domingo|lun|mié|mier|jue|vie|sáb|dom",
).keys
DATE_FILLERS = Phrases(
    en="on|at|of|the|o'clock|hrs|hr|hours|local time|time|ad|a.d.|ce|since",
    ar="في|عند|يوم|من|شهر|عام|سنة|الساعة|الموافق|الموافق لـ|لـ|م|ميلادي|ميلادية|للميلاد|بالتوقيت المحلي|توقيت محلي|"
    "تمام الساعة|عند الساعة|على الساعة",
    es="de|del|el|a|las|la|los|a las|a la|h|hs|hrs|hora|horas|hora local|día|a eso de|del año",
).keys
HALVES_OF_THE_DAY = by_phrase(
    {
        "a": "am|ص|صباحاً|صباحا|صباح|في الصباح|فجراً|فجر|قبل الظهر|de la mañana|de la madrugada|in the morning",
        "p": "pm|م|مساءً|مساء|مساءا|في المساء|ظهراً|ظهر|بعد الظهر|بعد ظهر|عصراً|عصر|de la tarde|del mediodía|"
        "in the afternoon|in the evening",
        "n": "ليلاً|ليل|ليلا|في الليل|de la noche|at night",
    }
)
"""Half of the day → ``a`` (morning), ``p`` (afternoon) or ``n`` (night: from 6 to 12 it is before midnight)."""
TIME_ZONES = by_phrase(
    {
        "UTC": "z|utc|gmt|بتوقيت غرينتش|بتوقيت غرينيتش|بتوقيت جرينتش|توقيت غرينتش|hora de Greenwich|hora GMT",
        "Europe/London": "bst|London time|بتوقيت لندن|hora de Londres",
        "Europe/Paris": "cet|cest|بتوقيت باريس|hora de París|hora de Madrid",
        "America/New_York": "et|est|edt|Eastern time|بتوقيت واشنطن|hora de Washington|Washington time",
        "America/Chicago": "ct|cst|cdt|Central time",
        "America/Denver": "mt|mst|mdt|Mountain time",
        "America/Los_Angeles": "pt|pst|pdt|Pacific time",
        "Asia/Tokyo": "jst",
        "Asia/Seoul": "kst",
        "Asia/Hong_Kong": "hkt",
        "Asia/Singapore": "sgt",
        "Asia/Kolkata": "ist",
        "Asia/Karachi": "pkt",
        "Australia/Sydney": "aest|aedt",
        "Pacific/Auckland": "nzst|nzdt",
        "Africa/Johannesburg": "sast",
        "Africa/Nairobi": "eat",
        "Africa/Lagos": "wat",
        "Asia/Beirut": "eet|eest|Beirut|بيروت|بتوقيت بيروت|توقيت بيروت|بتوقيت لبنان|hora de Beirut|hora del Líbano|"
        "Beirut time",
        "Asia/Jerusalem": "بتوقيت القدس|توقيت القدس|بتوقيت القدس المحتلة|توقيت القدس المحتلة|hora de Jerusalén|"
        "Jerusalem time|Al Quds time|hora de Al Quds",
        "Asia/Gaza": "بتوقيت فلسطين|توقيت فلسطين|بتوقيت غزة|hora de Palestina|hora de Gaza|Palestine time|Gaza time",
        "Asia/Damascus": "بتوقيت دمشق|توقيت دمشق|hora de Damasco|Damascus time",
        "Asia/Baghdad": "بتوقيت بغداد|توقيت بغداد|hora de Bagdad|Baghdad time",
        "Asia/Riyadh": "بتوقيت مكة|بتوقيت مكة المكرمة|توقيت مكة|توقيت مكة المكرمة|بتوقيت الرياض|hora de La Meca|"
        "Mecca time",
        "Asia/Tehran": "بتوقيت طهران|توقيت طهران|hora de Teherán|Tehran time",
        "Africa/Cairo": "بتوقيت القاهرة|توقيت القاهرة|hora de El Cairo|Cairo time",
        "Europe/Moscow": "بتوقيت موسكو|توقيت موسكو|hora de Moscú|Moscow time|msk",
        "America/Havana": "hora de La Habana|Havana time|بتوقيت هافانا",
        "America/Caracas": "hora de Caracas|Caracas time|بتوقيت كاراكاس",
    }
)
LONGEST_DATE_PHRASE = 4
"""Words of the longest phrase of a date, zone or half of the day."""
DAYS_AGO = by_phrase(
    {
        0: "today|اليوم|hoy",
        1: "yesterday|أمس|البارحة|بالأمس|ayer",
        2: "أول أمس|أول من أمس|قبل أمس|anteayer|antier|antes de ayer",
    }
)
FIRST_DAY = Phrases(es="primero|primero de", ar="الأول|الأول من").keys


def _ages() -> dict[str, int]:
    """Map comparison keys, with ``#`` for the number, to the minutes of one unit."""
    units = {
        1: ("minute|minutes|min|mins|m", "دقيقة|دقائق", "minuto|minutos|min"),
        60: ("hour|hours|hr|hrs|h", "ساعة|ساعات", "hora|horas|h"),
        24 * 60: ("day|days|d", "يوم|أيام|يوماً", "día|días"),
        7 * 24 * 60: ("week|weeks|w", "أسبوع|أسابيع|أسبوعاً", "semana|semanas"),
    }
    found: dict[str, int] = {}
    for minutes, (english, arabic, spanish) in units.items():
        for unit in map(normalize_label, english.split("|")):
            found |= {f"#{unit}ago": minutes, f"a{unit}ago": minutes, f"an{unit}ago": minutes}
        for unit in map(normalize_label, arabic.split("|")):
            found |= {f"منذ#{unit}": minutes, f"قبل#{unit}": minutes, f"منذ{unit}": minutes, f"قبل{unit}": minutes}
        for unit in map(normalize_label, spanish.split("|")):
            found |= {f"hace#{unit}": minutes, f"haceun{unit}": minutes, f"haceuna{unit}": minutes}
    for minutes, duals in {
        2: "دقيقتين",
        120: "ساعتين",
        2 * 24 * 60: "يومين",
        14 * 24 * 60: "أسبوعين",
    }.items():
        found |= {f"{since}{normalize_label(duals)}": minutes for since in ("منذ", "قبل")}
    return found


AGES = _ages()
HIJRI_MONTHS = Phrases(
    ar="محرم|المحرم|صفر|ربيع الأول|ربيع أول|ربيع الثاني|ربيع الآخر|ربيع ثاني|جمادى الأولى|جمادى الأول|جمادى الآخرة|"
    "جمادى الثانية|جمادى الآخر|جمادى الثاني|رجب|شعبان|رمضان|شهر رمضان|شوال|ذو القعدة|ذي القعدة|ذو الحجة|ذي الحجة",
).keys
HIJRI_MARKS = Phrases(ar="هـ|هجري|هجرية|للهجرة|الهجري|من الهجرة").keys
