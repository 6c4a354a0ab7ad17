"""The invented vocabulary of the three editions.

A headline is one entry each of `who`, `verbs`, `whats` and `places`. Their lengths are bounded so that all four
stand within the first 60 characters of the headline, where the address is cut: the address then tells the post.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from random import Random


@dataclass(frozen=True)
class Words:
    """Everything an edition prints that is not the menu."""

    who: tuple[str, ...]
    verbs: tuple[str, ...]
    whats: dict[str, tuple[str, ...]]
    places: tuple[str, ...]
    within: str
    tails: tuple[str, ...]
    people: tuple[str, ...]
    writers: tuple[str, ...]
    topics: tuple[str, ...]
    countries: tuple[str, ...]
    coverages: tuple[str, ...]
    sources: tuple[str, ...]
    credits: tuple[str, ...]
    sentences: tuple[str, ...]
    decks: tuple[str, ...]
    quotations: tuple[str, ...]
    headings: tuple[str, ...]
    entries: tuple[str, ...]
    columns: tuple[str, str, str]
    notes: tuple[str, ...]
    captions: tuple[str, ...]
    tweets: tuple[str, ...]
    tickers: tuple[str, ...]
    disclaimer: str
    coverage_text: str
    bio: str
    about: tuple[str, ...]
    months: tuple[str, ...]
    phrases: dict[str, str]
    joiner: str
    wordings: dict[str, tuple[str, ...]] = field(default_factory=dict)
    """Other wordings and spellings of phrases, as editors write them."""
    dates: tuple[str, ...] = ("{day} {month} {year} {time}",)
    """Forms of a date with its clock; `{other}` is the month by its other name."""
    days: tuple[str, ...] = ("{day} {month} {year}",)
    other_months: tuple[str, ...] = ()
    digits: str = "0123456789"
    """Digits that some of the dates and numbers are written in."""

    def say(self, key: str, random: Random) -> str:
        """A phrase in one of its wordings."""
        return random.choice((self.phrases[key], *self.wordings.get(key, ())))

    def number(self, text: str, random: Random) -> str:
        """A text with its digits as this edition writes them."""
        if random.random() < 0.7:
            return text
        return text.translate({ord(str(n)): digit for n, digit in enumerate(self.digits)})

    def date(self, moment: datetime, random: Random, *, hours: bool) -> str:
        """A local time in one of the forms of a date."""
        n = moment.month - 1
        form = random.choice(self.dates if hours else self.days)
        shown = form.format(
            day=moment.day,
            month=self.months[n],
            other=(self.other_months or self.months)[n],
            year=moment.year,
            time=f"{moment:%H:%M}",
            time12=f"{(moment.hour - 1) % 12 + 1}:{moment:%M}",
            half=self.phrases["pm" if moment.hour >= 12 else "am"],
        )
        return self.number(shown, random)


def _split(text: str) -> tuple[str, ...]:
    return tuple(" ".join(entry.split()) for entry in text.split("|"))


ENGLISH = Words(
    who=_split(
        """Port workers|Farmers|Lawmakers|Teachers|Engineers|Fishermen|Students|Dock unions|Mayors|Nurses|Bakers|Judges
        |Central bankers|Truck drivers|Archivists|Surveyors|Rail crews|Olive growers|Sailors|Shipowners|Grid operators
        |Villagers|Historians|Envoys|Observers|Delegates|Inspectors|Printers|Weavers|Doctors|Pharmacists|Coaches
        |Architects|Librarians|Beekeepers|Mechanics|Economists|Ministers|Negotiators|Rescuers|Senators|Councillors
        |Water engineers|Pilots|Potters|Editors|Tenants|Pensioners|Night guards|Cartographers|Customs staff
        |Coastal towns|'Belt' crews|'Sea' captains|'Line' guards|"Cedar" crews|US veterans
        |UN monitors|EU auditors|Retailers|Textile workers|Vets|Postal workers|Shepherds"""
    ),
    verbs=_split(
        "back|reject|weigh|question|hail|delay|defend|rewrite|oppose|revive|welcome|contest|unveil|expand|halt|review"
    ),
    whats={
        "world": _split(
            """ceasefire map|border talks|prisoner list|grain corridor|water treaty|'Harvest Law'|'Quiet Road' bill
            |return plan|school reform|ferry pact|crossing hours|census rules|ballot count|local vote|truce terms
            |transit accord|aid convoy|security file|housing law|port inquiry|road closures|archive law|language law
            |island claim|fishing zone|visa rules|airspace map|river pact|curfew order|land registry|court ruling
            |rescue fund"""
        ),
        "money": _split(
            """bond sale|fuel subsidy|wheat tender|rail budget|solar tariff|chip plant|phone levy|cable landing
            |wage scale|debt swap|export ban|gas contract|bank merger|data centre|battery line|wind farm
            |water meter|forest plan|carbon tax|tram line|customs rate|'Fair' bread price|satellite deal|power link
            |seed bank|coral survey|flood wall|air sensors|mine licence|credit rules|olive quota|code academy"""
        ),
        "life": _split(
            """cup draw|league format|film festival|book fair|vaccine drive|clinic hours|stadium lease|theatre season
            |music school|heritage list|museum wing|manuscript loan|relay squad|transfer rules|sleep study|heart trial
            |poetry prize|mosaic find|puppet show|marathon route|blood bank|dental plan|youth squad|chess open
            |oud workshop|'Long Night' show|recipe archive|photo prize|ward closures|diet advice
            |swim final|art biennale"""
        ),
    },
    places=_split(
        """Tripoli|Sidon|Tyre|Baalbek|Zahle|Damascus|Homs|Aleppo|Basra|Mosul|Sanaa|Aden|Gaza|Nablus|Jenin|Amman|Tunis|Oran
        |Khartoum|Nairobi|Caracas|Bogota|Havana|La Paz|Lima|Jakarta|Manila|Tehran|Ankara|Athens|Madrid|Toronto"""
    ),
    within="in",
    tails=_split(
        """after talks that ran late into the night|as a second round of consultations opens next week
        |despite warnings from neighbouring districts and their councils|days before the committee's final session
        |while the 'interim' text stays under lock and key"""
    ),
    people=_split(
        """Samir Haddad|Lina Khoury|Omar Rashed|Maya Saad|Tarek Nassar|Hala Yazbek|Victor Salas|Ines Duarte|Amara Obi
        |Joseph Mwangi|Petra Novak|Anton Leclerc|Ruth Adler|Karim Zein"""
    ),
    writers=_split(
        """Rana Abboud|Nadim Shalhoub|Elena Marquez|David O'Rourke|Jana El-Amin|Farouk Ghanem|Sofia Petridis|Ali Mroueh
        |Carmen Ortega|Thabo Nkosi|Mira Jovanovic|Hassan Beydoun|Yara Tannous|Peter Lindqvist|Anja Weiss|Leila Farhat"""
    ),
    topics=_split(
        """United States|Palestine|Gaza|Lebanon|Syria|Iraq|Yemen|Iran|Venezuela|Cuba|European Union|United Nations
        |Grain trade|Ports|Shipping|Olive harvest|Water rights|Elections|Rail network|Solar power|Central bank|Inflation
        |Fuel prices|Football|World Cup|Film|Heritage|Museums|Public health|Vaccines|Climate change|Forests|Coral reefs
        |Artificial intelligence|Semiconductors|Labour unions|Education|Migration|Israel|Israeli occupation|West Bank
        |US Congress|Ceasefire|Prisoners|Red Sea|Arts & crafts|Space|Research"""
    ),
    countries=_split("Palestine|Lebanon|Syria|Iraq|Yemen|Iran|United States|Venezuela|Tunisia|Kenya|Spain|Indonesia"),
    coverages=_split("The Harbour Files|Voices of the Harvest|Road to the Ballot|The Long Truce"),
    sources=_split("Agencies|Al Mayadeen English|Agencies + News websites|Al Mayadeen Net|Websites"),
    credits=_split("AP|AFP|Reuters|Social media|Al Mayadeen English; Illustrated by Dana Sleiman|Archive"),
    sentences=_split(
        """{Who} in {place} said on {day} that the {what} would be taken up again before the end of the month.
        |A spokesperson for the {org} told Al Mayadeen that {n} proposals had been received, adding
        that none was 'final'.
        |"We have seen this file move from desk to desk for {k} years," {person} said, "and {who} are tired of waiting."
        |The draft, a copy of which was read by this newspaper, sets aside ${n} million for roads between
        {place} and the coast.
        |According to figures published by the {org}, {n} of {m} districts have already signed the {what}.
        |{Who} have repeatedly called the {what} 'a step in the wrong direction', a description the {org} rejects.
        |{person}, who chaired the session, underlined that the vote – the third since {year} – was not binding.
        |It is noteworthy that {place} has been without a permanent {org} since {month} {year}.
        |Residents described long queues & short tempers, with shops in {place} closing {k} hours early.
        |The {org} earlier said that "nothing in the text prevents {who} from being heard."
        |Analysts point out that similar arrangements in {place} were suspended after {k} weeks.
        |In {year}, {who} won a ruling that obliged the {org} to publish every page of the {what}.
        |Opponents maintain that 'reform' is too generous a word for a plan that leaves {n}% of households outside it.
        |A second reading is due on {day}, followed by {k} days in which objections may be filed.
        |{person} declined to comment on what {who} had been promised, but confirmed that talks continue.
        |The café owners’ association in {place} said its members would stay open regardless.
        |Earlier this week, {who} walked out of a hearing in {place}, saying the {what} ignored their evidence.
        |Observers counted {m} participants, twice as many as in {year}.
        |The price of the project has risen from ${k} million to ${n} million, the {org} acknowledged.
        |Under the timetable, work near {place} would resume in {month} and last {k} months."""
    ),
    decks=_split(
        """{Who} say the {what} cannot wait, while the {org} asks for {k} more weeks.
        |After {k} rounds of talks in {place}, the {what} is back on the table.
        |The {org} publishes its figures on the {what}; 'not enough', {who} reply.
        |{person} explains why {who} in {place} want the {what} put to a vote.
        |What the {what} would change for {place}, and who stands to pay for it."""
    ),
    quotations=_split(
        """"No committee can decide this behind closed doors," {person} said in {place}.
        |"The {what} belongs to those who live with it," the statement of the {org} reads.
        |"Count the votes, publish the list, and let {who} go home," {person} added.
        |"In {year} we were told to be patient. We have been patient.\""""
    ),
    headings=_split(
        """What the text says|'A matter of weeks'|Background|Reactions in {place}|Who pays|What comes next
        |The {org}'s reply|From {year} to today"""
    ),
    entries=_split(
        """{n} new jobs in {place}|A public register of the {what}|{Who} to be consulted twice a year
        |No fees before {month} {year}|An appeals board of {k} members|Free passage for {who}"""
    ),
    columns=("District", "Votes", "Share"),
    notes=_split(
        """Editor's note: an earlier count of {n} signatures was corrected to {m}.
        |Key figure: {n}% of {who} asked in {place} had not read the {what}.
        |This story is part of a series on the {what}."""
    ),
    captions=_split(
        """{Who} gather outside the {org} in {place}, {month} {k}, {year}
        |A general view of the old harbour (left) in {place}, {month} {k}, {year}
        |{person} speaks on the {what} at a meeting in {place}
        |An illustration of the {what} as seen by {who}"""
    ),
    tweets=_split(
        """BREAKING: {who} in {place} announce a decision on the {what}
        |Our thread on the {what}: {n} pages, {k} questions, no answers yet.
        |WATCH | {person} on the {what}"""
    ),
    tickers=_split(
        """Al Mayadeen's correspondent in {place}: {who} begin to gather at the main square
        |{person}: The {what} is not up for negotiation
        |{org} in {place}: {n} applications received since the morning
        |Al Mayadeen's correspondent: Roads into {place} reopened after {k} hours
        |Local media: {Who} {verb} {what}
        |{person} to Al Mayadeen: We will publish the text on {day}"""
    ),
    disclaimer="The opinions mentioned in this article do not necessarily reflect the opinion of Al Mayadeen, but "
    "rather express the opinion of its writer exclusively.",
    coverage_text="Follow the full coverage of this story as it develops, with reports, analyses and figures.",
    bio="{person} writes on {topic} and lives in {place}.",
    about=(
        "Al Mayadeen is an Arab independent media satellite channel.",
        "Write to the testsite at the address below; every letter is read.",
        "These pages were last revised in the spring.",
    ),
    months=_split("Jan|Feb|Mar|Apr|May|Jun|Jul|Aug|Sep|Oct|Nov|Dec"),
    phrases={
        "house": "Al Mayadeen English",
        "by": "By ",
        "and": " and ",
        "source": "Source: ",
        "shares": "{} Shares",
        "minutes": "{} Min Read",
        "related": "Related News",
        "next": "Read next: ",
        "most_read": "Most Read",
        "coverage": "Coverage",
        "read_next": "Read Next",
        "all": "All",
        "breaking": "BREAKING",
        "live": "LIVE",
        "older": "Older",
        "next_page": "Next",
        "more": "Load more",
        "orgs": "Planning Board|Harbour Authority|Grain Office"
        "|Water Council|National Archive|Electoral Commission|Health Directorate|Transport Ministry",
        "days": "Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday",
        "slogan": "The reality as it is",
        "rights": "All Rights Reserved",
        "today": "today",
        "not_found": "The page you are looking for was not found.",
        "nfc": "a café in the old town",
        "am": "a.m.",
        "pm": "p.m.",
    },
    joiner=", ",
)

SPANISH = Words(
    who=_split(
        """Estibadores|Agricultores|Diputados|Maestros|Ingenieros|Pescadores|Estudiantes|Alcaldes|Enfermeras|Panaderos
        |Jueces|Banqueros|Camioneros|Archiveros|Ferroviarios|Olivareros|Marineros|Armadores|Vecinos|Historiadores
        |Enviados|Observadores|Delegados|Inspectores|Impresores|Tejedores|Médicos|Entrenadores|'Mar Abierto'
        |Economistas|Ministros|Jubilados"""
    ),
    verbs=_split(
        """apoyan|rechazan|estudian|cuestionan|celebran|aplazan|defienden|reescriben|critican|reviven|saludan|impugnan
        |presentan|amplían|frenan|revisan"""
    ),
    whats={
        "world": _split(
            """mapa de tregua|paso fronterizo|lista de presos|corredor de trigo|tratado de agua|'Ley de Cosecha'
            |plan de retorno|reforma escolar|pacto naviero|horario portuario|reglas del censo|voto local
            |plan de vivienda
            |ayuda médica|zona de pesca|visado común|espacio aéreo|pacto del río|registro rural|fallo judicial
            |venta de bonos|tarifa solar|planta de chips|presupuesto|canje de deuda|línea de tranvía|muro costero
            |festival de cine|feria del libro|copa juvenil|museo naval|premio de poesía"""
        )
    },
    places=_split(
        """Trípoli|Sidón|Tiro|Baalbek|Damasco|Homs|Alepo|Basora|Mosul|Saná|Adén|Gaza|Nablus|Yenín|Amán|Túnez|Orán|Jartum
        |Nairobi|Caracas|Bogotá|La Habana|La Paz|Lima|Yakarta|Manila|Teherán|Ankara|Atenas|Madrid|Toronto|Quito"""
    ),
    within="en",
    tails=_split(
        """tras una reunión que duró hasta la madrugada|mientras se abre una segunda ronda de consultas
        |pese a las advertencias de los distritos vecinos"""
    ),
    people=_split("Samir Haddad|Lina Khoury|Víctor Salas|Inés Duarte|Ramón Peña|Lucía Arce|Marta Núñez|Julio Vega"),
    writers=_split(
        """Elena Márquez|Carmen Ortega|Rafael Ibáñez|Sonia Béjar|Yara Tannous|Hassan Beydoun|Pilar Gómez|Óscar Lema
        |Nadim Shalhoub|Teresa Quiroga"""
    ),
    topics=_split(
        """Estados Unidos|Palestina|Gaza|Líbano|Siria|Irak|Yemen|Irán|Venezuela|Cuba|Unión Europea|Naciones Unidas
        |Comercio de granos|Puertos|Cosecha|Derecho al agua|Elecciones|Ferrocarril|Energía solar|Banco central|Inflación
        |Fútbol|Cine|Patrimonio|Museos|Salud pública|Cambio climático|Bosques|Inteligencia artificial|Sindicatos
        |Educación|Migración|Israel|Cisjordania|Alto el fuego|Mar Rojo"""
    ),
    countries=_split("Palestina|Líbano|Siria|Irak|Yemen|Irán|Estados Unidos|Venezuela|España"),
    coverages=_split("Los archivos del puerto|Voces de la cosecha|Camino a las urnas"),
    sources=_split("Agencias|Al Mayadeen Español|Medios digitales"),
    credits=_split("AP|AFP|Reuters|Archivo"),
    sentences=_split(
        """{Who} de {place} dijeron el {day} que el expediente volverá a la mesa antes de fin de mes.
        |Un portavoz de la {org} declaró a Al Mayadeen que recibió {n} propuestas, ninguna 'definitiva'.
        |"Hemos visto este texto pasar de mesa en mesa durante {k} años", dijo {person}.
        |El borrador reserva {n} millones para caminos entre {place} y la costa.
        |Según cifras de la {org}, {n} de {m} distritos ya firmaron el acuerdo.
        |{person}, quien presidió la sesión, subrayó que la votación – la tercera desde {year} – no es vinculante.
        |Los vecinos describieron largas colas en {place}, con comercios que cerraron {k} horas antes.
        |Analistas señalan que un arreglo similar en {place} se suspendió tras {k} semanas.
        |La segunda lectura será el {day}, seguida de {k} días para presentar objeciones.
        |El precio del proyecto subió de {k} a {n} millones, reconoció la {org}.
        |{Who} abandonaron una audiencia en {place} & pidieron otra fecha."""
    ),
    decks=_split(
        """{Who} afirman que el asunto no puede esperar, y la {org} pide {k} semanas más.
        |Tras {k} rondas en {place}, el {what} vuelve a la mesa.
        |{person} explica por qué en {place} se quiere votar el {what}."""
    ),
    quotations=_split(
        """"Ningún comité puede decidir esto a puerta cerrada", dijo {person} en {place}.
        |"En {year} nos pidieron paciencia. La tuvimos"."""
    ),
    headings=_split("Qué dice el texto|'Cuestión de semanas'|Antecedentes|Reacciones en {place}|Quién paga"),
    entries=_split(
        "{n} empleos nuevos en {place}|Un registro público|Sin tasas antes de {year}|Una junta de {k} miembros"
    ),
    columns=("Distrito", "Votos", "Porcentaje"),
    notes=_split(
        """Nota del editor: un recuento anterior de {n} firmas se corrigió a {m}.
        |Dato clave: el {n}% de los consultados en {place} no había leído el texto."""
    ),
    captions=_split(
        """{Who} ante la sede de la {org} en {place}, {year}
        |Vista general del puerto viejo (izquierda) de {place}, {year}|{person} habla en una reunión en {place}"""
    ),
    tweets=_split("ÚLTIMA HORA: decisión en {place}|Hilo: {n} páginas, {k} preguntas, ninguna respuesta."),
    tickers=_split(
        """Corresponsal de Al Mayadeen en {place}: {who} se reúnen en la plaza
        |{person}: El texto no se negocia|{org} en {place}: {n} solicitudes desde la mañana
        |Reabren los caminos hacia {place} tras {k} horas"""
    ),
    disclaimer="Las opiniones de este artículo no reflejan necesariamente la opinión de Al Mayadeen y expresan "
    "exclusivamente la opinión de su autor.",
    coverage_text="Siga la cobertura completa de esta historia, con informes, análisis y cifras.",
    bio="{person} escribe sobre {topic} y vive en {place}.",
    about=("Al Mayadeen es un canal árabe independiente.", "Escriba a la redacción; se lee cada carta."),
    months=_split("Ene|Feb|Mar|Abr|May|Jun|Jul|Ago|Sep|Oct|Nov|Dic"),
    phrases={
        "house": "Al Mayadeen Español",
        "by": "Por ",
        "and": " y ",
        "source": "Fuente: ",
        "shares": "{} Compartidos",
        "minutes": "{} Min de lectura",
        "related": "Noticias relacionadas",
        "next": "Leer más: ",
        "most_read": "Más leídas",
        "coverage": "Cobertura",
        "read_next": "Siga leyendo",
        "all": "Todas",
        "breaking": "ÚLTIMA HORA",
        "live": "EN VIVO",
        "older": "Anteriores",
        "next_page": "Siguiente",
        "more": "Cargar más",
        "orgs": "Junta de Planificación|Autoridad Portuaria|Oficina del Grano|Comisión Electoral",
        "days": "lunes|martes|miércoles|jueves|viernes",
        "slogan": "La realidad tal cual es",
        "rights": "Todos los derechos reservados",
        "today": "hoy",
        "not_found": "No se encontró la página que busca.",
        "nfc": "un café del casco viejo",
        "am": "a. m.",
        "pm": "p. m.",
    },
    joiner=", ",
    wordings={
        "by": ("Por: ", "Escrito por ", "Autor: ", "POR ", "Texto: "),
        "source": ("Fuente : ", "FUENTE: "),
        "shares": ("Compartido {} veces", "{} veces compartido"),
        "minutes": ("Tiempo de lectura: {} min", "Lectura de {} minutos", "{} min. de lectura"),
        "related": ("Noticia relacionada", "Artículos relacionados", "LEA TAMBIÉN", "Te puede interesar"),
        "next": ("Lea también: ", "Lea además: ", "Ver también | ", "Lee tambie\u0301n: "),
        "most_read": ("Lo más leído", "LO MAS LEIDO"),
        "read_next": ("Te puede interesar", "Lea también"),
        "older": ("Más antiguas", "Noticias anteriores"),
        "next_page": ("Próxima", "Página siguiente", "Sig."),
        "more": ("Ver más", "Mostrar más noticias", "CARGAR MAS"),
    },
    dates=(
        "{day} {month} {year} {time}",
        "{day} de {other} de {year} {time}",
        "{time} | {day} {month}. {year}",
        "{day} de {other} de {year}, {time} h",
        "{other} {day} de {year} {time12} {half}",
    ),
    days=("{day} {month} {year}", "{day} de {other} de {year}", "{day} {month}. {year}"),
    other_months=_split("enero|febrero|marzo|abril|mayo|junio|julio|agosto|setiembre|octubre|noviembre|diciembre"),
)

ARABIC = Words(
    who=_split(
        """عمال المرفأ|مزارعون|نواب|معلمون|مهندسون|صيادون|طلاب|بحارة|رؤساء بلديات|ممرضات|خبازون|قضاة|مصرفيون|سائقون
        |مؤرخون|مساحون|عمال السكك|مزارعو الزيتون|أطباء|صيادلة|مدربون|معماريون|نحالون|ميكانيكيون|اقتصاديون|وزراء
        |مفاوضون|مسعفون|مستشارون|طيارون|محررون|متقاعدون"""
    ),
    verbs=_split(
        """يدعمون|يرفضون|يدرسون|يناقشون|يؤجلون|يدافعون عن|يعارضون|يراجعون|يعرضون|يوسعون|يوقفون|ينتقدون|يباركون|يعدلون
        |يستأنفون|يترقبون"""
    ),
    whats={
        "world": _split(
            """خريطة الهدنة|محادثات الحدود|لائحة الأسرى|ممر الحبوب|معاهدة المياه|"قانون الحصاد"|خطة العودة|إصلاح المدارس
            |اتفاق العبّارات|ساعات العبور|قواعد الإحصاء|الاقتراع المحلي|قانون السكن|قافلة المساعدات|منطقة الصيد
            |قواعد التأشيرة|خريطة الأجواء|ميثاق النهر|السجل العقاري|حكم المحكمة|بيع السندات|دعم الوقود|مناقصة القمح
            |تعرفة الطاقة|مصنع الرقائق|سلم الأجور|مبادلة الديون|مهرجان السينما|معرض الكتاب|حملة اللقاح|قرعة الكأس
            |جائزة الشعر"""
        )
    },
    places=_split(
        """طرابلس|صيدا|صور|بعلبك|زحلة|دمشق|حمص|حلب|البصرة|الموصل|صنعاء|عدن|غزة|نابلس|جنين|عمّان|تونس|وهران|الخرطوم
        |نيروبي|كاراكاس|بوغوتا|هافانا|لاباز|ليما|جاكرتا|مانيلا|طهران|أنقرة|أثينا|مدريد|تورنتو"""
    ),
    within="في",
    tails=_split(
        "بعد محادثات استمرت حتى ساعة متأخرة من الليل|وسط تحذيرات المجالس المجاورة|قبل أيام من الجلسة الأخيرة للجنة"
    ),
    people=_split("سمير حداد|لينا خوري|عمر راشد|مايا سعد|طارق نصار|هلا يزبك|كريم زين"),
    writers=_split(
        "رنا عبود|نديم شلهوب|جنى الأمين|فاروق غانم|علي مروة|حسن بيضون|يارا طنوس|ليلى فرحات|وسام ناصيف|ولاء قاسم"
    ),
    topics=_split(
        """الولايات المتحدة|فلسطين|غزة|لبنان|سوريا|العراق|اليمن|إيران|فنزويلا|كوبا|الاتحاد الأوروبي|الأمم المتحدة
        |تجارة الحبوب|المرافئ|موسم الزيتون|حقوق المياه|الانتخابات|السكك الحديد|الطاقة الشمسية|المصرف المركزي|التضخم
        |كرة القدم|السينما|التراث|المتاحف|الصحة العامة|المناخ|الغابات|الذكاء الاصطناعي|النقابات|التعليم
        |الهجرة|وقف النار"""
    ),
    countries=_split("فلسطين|لبنان|سوريا|العراق|اليمن|إيران|تونس"),
    coverages=_split("ملفات المرفأ|أصوات الحصاد|الطريق إلى الصناديق"),
    sources=_split("وكالات|الميادين نت|مواقع إلكترونية"),
    credits=_split("أ ف ب|أرشيف|وكالات"),
    sentences=_split(
        """قال {who} في {place} يوم {day} إنّ الملف سيعود إلى الطاولة قبل نهاية الشهر.
        |وأكد متحدث باسم {org} للميادين أنّه تسلّم {n} اقتراحاً، مشيراً إلى أنّ أيّاً منها ليس "نهائياً".
        |وقال {person}: "رأينا هذا النص ينتقل من مكتب إلى آخر منذ {k} سنوات".
        |وتخصّص المسودة {n} مليوناً للطرق بين {place} والساحل.
        |وبحسب أرقام {org}، وقّعت {n} دائرة من أصل {m} على الاتفاق.
        |وشدّد {person}، الذي ترأس الجلسة، على أنّ التصويت، وهو الثالث منذ عام {year}، غير ملزم.
        |ووصف السكان طوابير طويلة في {place}، حيث أقفلت المتاجر قبل {k} ساعات من موعدها.
        |ويرى محللون أنّ ترتيباً مماثلاً في {place} عُلّق بعد {k} أسابيع.
        |وكُتب النص عام {year} هـ بعنوان "می\u200cخواهم" ثم عُدّل في {place}.
        |وارتفعت كلفة المشروع من {k} إلى {n} مليوناً، وفق ما أقرّت به {org}."""
    ),
    decks=_split(
        """{who} يقولون إنّ الملف لا يحتمل الانتظار، و{org} تطلب {k} أسابيع إضافية.
        |بعد {k} جولات في {place}، يعود الملف إلى الطاولة من جديد.
        |{person} يشرح لماذا يريد أهالي {place} طرح الملف على التصويت."""
    ),
    quotations=_split(
        """"لا تقرر لجنة هذا الأمر خلف أبواب مغلقة"، قال {person} في {place}.
        |"في عام {year} طُلب منا الصبر، وقد صبرنا"."""
    ),
    headings=_split('ماذا يقول النص|"مسألة أسابيع"|خلفية|ردود الفعل في {place}|من يدفع'),
    entries=_split("{n} وظيفة جديدة في {place}|سجلّ عام|لا رسوم قبل عام {year}|هيئة استئناف من {k} أعضاء"),
    columns=("الدائرة", "الأصوات", "النسبة"),
    notes=_split(
        "ملاحظة المحرر: جرى تصحيح عدد التواقيع من {n} إلى {m}.|رقم: {n}% ممن سُئلوا في {place} لم يقرأوا النص."
    ),
    captions=_split(
        "{who} أمام مقر {org} في {place} عام {year}|مشهد عام للمرفأ القديم (يساراً) في {place}|{person} متحدثاً"
        " في {place}"
    ),
    tweets=_split("عاجل: قرار في {place}|{n} صفحة و{k} أسئلة ولا جواب بعد."),
    tickers=_split(
        """مراسل الميادين في {place}: {who} يتجمعون في الساحة|{person}: النص ليس مطروحاً للتفاوض
        |{org} في {place}: {n} طلباً منذ الصباح|إعادة فتح الطرق إلى {place} بعد {k} ساعات"""
    ),
    disclaimer="إنّ الآراء المذكورة في هذه المقالة لا تعبّر بالضرورة عن رأي الميادين وإنما تعبّر عن رأي صاحبها حصراً",
    coverage_text="تابعوا التغطية الكاملة لهذا الملف بالتقارير والتحليلات والأرقام.",
    bio="{person} يكتب في شؤون {topic} ويقيم في {place}.",
    about=("الميادين قناة فضائية عربية مستقلة.", "راسلوا غرفة الأخبار على العنوان أدناه."),
    months=_split("""كانون الثاني|شباط|آذار|نيسان|أيار|حزيران|تموز|آب|أيلول|تشرين الأول|تشرين الثاني|كانون الأول"""),
    phrases={
        "house": "الميادين نت",
        "by": "الكاتب: ",
        "and": " و",
        "source": "المصدر: ",
        "shares": "{} مشاركة",
        "minutes": "{} دقائق قراءة",
        "related": "أخبار ذات صلة",
        "next": "اقرأ أيضاً: ",
        "most_read": "الأكثر قراءة",
        "coverage": "تغطية",
        "read_next": "اقرأ المزيد",
        "all": "الكل",
        "breaking": "عاجل",
        "live": "مباشر",
        "older": "الأقدم",
        "next_page": "التالي",
        "more": "المزيد",
        "orgs": "هيئة التخطيط|سلطة المرفأ|مكتب الحبوب|مفوضية الانتخابات",
        "days": "الإثنين|الثلاثاء|الأربعاء|الخميس|الجمعة",
        "slogan": "الواقع كما هو",
        "rights": "جميع الحقوق محفوظة",
        "today": "اليوم",
        "not_found": "الصفحة المطلوبة غير موجودة.",
        "nfc": "مقهى في البلدة القديمة، أُعيد افتتاحه",
        "am": "ص",
        "pm": "مساءً",
    },
    joiner="، ",
    wordings={
        "by": ("بقلم: ", "بقلم / ", "بقلم:", "إعداد: ", "الكاتبة: ", "كتبت: "),
        "source": ("المصدر:", "مصدر: ", "المصـدر: "),
        "shares": ("{} مشاركه", "عدد المشاركات: {}"),
        "minutes": ("{} دقيقة للقراءة", "مدة القراءة: {} دقائق", "{} دقائق"),
        "related": ("اخبار ذات صلة", "مقالات ذات صله", "شاهد أيضاً", "اقرأ ايضا"),
        "next": ("إقرأ أيضًا: ", "شاهد أيضاً: ", "اقرأ ايضا | ", "اقرأ المزيد: "),
        "most_read": ("الاكثر قراءه", "الأكثر مشاهدةً"),
        "read_next": ("إقرأ أيضاً", "قد يهمك أيضاً"),
        "older": ("أخبار أقدم", "المقالات الاقدم"),
        "next_page": ("التالى", "التالی", "الصفحه التاليه"),
        "more": ("تحميل المزيد", "عرض المزيد", "إظهار المزید"),
    },
    dates=(
        "{day} {month} {year} {time}",
        "{time} | {day} {month} {year}",
        "{day} {month}/{other} {year} {time}",
        "{day} {other} ({month}) {year}م الساعة {time}",
        "{day} {other}، {year} {time12} {half}",
    ),
    days=("{day} {month} {year}", "{day} {other} {year}", "{day} {month}/{other} {year}"),
    other_months=_split("يناير|فبراير|مارس|ابريل|مايو|يونيو|يوليو|اغسطس|سبتمبر|اكتوبر|نوفمبر|ديسمبر"),
    digits="٠١٢٣٤٥٦٧٨٩",
)

WORDS = {"en": ENGLISH, "es": SPANISH, "ar": ARABIC}
