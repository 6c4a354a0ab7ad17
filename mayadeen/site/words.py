"""All words of the site's pages, by language.

Each list is compared by ``normalize_label``, so one spelling of a phrase is enough. ``|`` separates phrases.
``docs/languages.md`` lists the text that is read in each language.
"""

from __future__ import annotations

from mayadeen.site.phrases import Phrases, by_phrase

# --- listings --------------------------------------------------------------------------------------------------------

NEXT_PAGE = Phrases(
    en="Next|Next page|Next posts|Next articles|Older|Older posts|Older articles|Older stories|Older entries|"
    "Older news|Previous posts|Older page|Go to next page",
    ar="التالي|التالية|الصفحة التالية|للصفحة التالية|إلى الصفحة التالية|التالي الصفحة|التالية صفحة|اللاحق|اللاحقة|"
    "الصفحة اللاحقة|الأقدم|أقدم|أخبار أقدم|مقالات أقدم|مواضيع أقدم|الأخبار الأقدم|المقالات الأقدم|المواضيع الأقدم|"
    "الصفحة القادمة|القادم|صفحة تالية",
    es="Siguiente|Siguientes|Página siguiente|Siguiente página|A la página siguiente|Sig|Próxima|Próximo|Próximas|"
    "Próxima página|Ir a la página siguiente|Más antiguas|Más antiguos|Anteriores|Noticias anteriores|"
    "Artículos anteriores|Entradas antiguas|Entradas anteriores|Noticias más antiguas|Artículos más antiguos|"
    "Antiguas|Antiguos|Posteriores|Adelante",
)
PREVIOUS_PAGE = Phrases(
    en="Previous|Prev|Previous page|Newer|Newer posts|Newer articles|Newer stories|Newer entries|Newer news|Back",
    ar="السابق|السابقة|الصفحة السابقة|للصفحة السابقة|إلى الصفحة السابقة|صفحة سابقة|الأحدث|أحدث|أخبار أحدث|مقالات أحدث|"
    "الأخبار الأحدث|المقالات الأحدث|مواضيع أحدث",
    es="Anterior|Página anterior|Ant|A la página anterior|Previa|Previo|Página previa|Más recientes|Más nuevas|"
    "Más nuevos|Noticias más recientes|Artículos más recientes|Entradas más recientes|Recientes|Atrás",
)
FIRST_PAGE = Phrases(en="First|First page", ar="الأولى|الصفحة الأولى", es="Primera|Primera página|Primero|Inicio")
LAST_PAGE = Phrases(en="Last|Last page", ar="الأخيرة|الصفحة الأخيرة", es="Última|Última página|Último")
LOAD_MORE = Phrases(
    en="Load more|Show more|View more|See more|Get more|More|More articles|More stories|More news|More posts|"
    "More results|Load more articles|Load more news|Load more posts|Load more stories|Show more articles|"
    "Show more news|Show more results|View more articles|View more news|See more articles|See more news|Load older",
    ar="المزيد|تحميل المزيد|حمل المزيد|عرض المزيد|اعرض المزيد|شاهد المزيد|مشاهدة المزيد|اقرأ المزيد|أظهر المزيد|"
    "إظهار المزيد|مزيد من|المزيد من|المزيد من الأخبار|المزيد من المقالات|مزيد من الأخبار|مزيد من المقالات|تحميل مزيد|"
    "عرض مزيد|جلب المزيد|طالع المزيد|تابع المزيد|استعرض المزيد|أخبار أخرى|مقالات أخرى",
    es="Cargar más|Carga más|Ver más|Ve más|Mostrar más|Muestra más|Leer más noticias|Más noticias|Más artículos|"
    "Más resultados|Más|Cargar más noticias|Cargar más artículos|Ver más noticias|Ver más artículos|"
    "Mostrar más noticias|Mostrar más artículos|Otras noticias|Otros artículos",
)
LISTED_THINGS = Phrases(
    en="results|result|articles|article|stories|posts|items|entries|news items|news articles",
    ar="نتيجة|نتائج|مقال|مقالة|مقالاً|مقالات|خبر|خبراً|أخبار|مادة|مواد|موضوع|موضوعاً|مواضيع",
    es="resultados|resultado|artículos|artículo|noticias|noticia|entradas|publicaciones",
)
"""Nouns that a listing counts."""
OUT_OF = Phrases(en="of|out of|of about", ar="من|من أصل|من بين", es="de|de un total de")
TOTAL_LABELS = Phrases(
    en="Total|Results|Total results|Total articles|Articles found",
    ar="المجموع|الإجمالي|عدد النتائج|إجمالي النتائج|عدد المقالات",
    es="Total|Resultados|Total de resultados|Total de artículos",
)
RAIL_TITLES = Phrases(
    en="Most Read|Most Viewed|Most Popular|Most Shared|Most Watched|Popular|Read Next|Coverage|Coverages|Related|"
    "Trending|Trending now|Latest|Latest news|Recommended|Recommended for you|You may also like|Editor's Picks|"
    "Don't miss|Breaking|Breaking news|Top Stories|More from|Also read|See also",
    ar="الأكثر قراءة|الأكثر مشاهدة|الأكثر تداولاً|الأكثر شعبية|الأكثر رواجاً|اقرأ التالي|اقرأ أيضاً|اقرؤوا أيضاً|"
    "شاهد أيضاً|تغطيات|تغطية|ذات صلة|آخر الأخبار|أحدث الأخبار|آخر المستجدات|مختارات|مختارات لكم|اخترنا لكم|"
    "قد يعجبك أيضاً|قد يهمك أيضاً|لا تفوت|عاجل|أخبار عاجلة|أهم الأخبار|رائج|الرائج",
    es="Lo más leído|Las más leídas|Más leídas|Más leídos|Más leído|Más vistos|Más vistas|Lo más visto|Más popular|"
    "Lo más popular|Populares|Cobertura|Coberturas|Relacionado|Relacionados|Relacionadas|Tendencias|Últimas|"
    "Últimas noticias|Lo último|Lea también|Lee también|Leer también|Lee siguiente|Siga leyendo|Te puede interesar|"
    "Le puede interesar|También te puede interesar|Recomendados|Recomendadas|Destacados|Destacadas|No te pierdas|"
    "Última hora|Noticias destacadas",
)
"""Headings of page-wide rails."""
TICKER_TITLES = Phrases(
    en="Breaking|Breaking news|Urgent|Just in",
    ar="عاجل|أخبار عاجلة|خبر عاجل|آخر الأخبار العاجلة",
    es="Última hora|Urgente|Noticias de última hora|Último minuto|De último momento",
)
MOST_READ_TITLES = Phrases(
    en="Most Read|Most Viewed|Most Popular|Most Watched",
    ar="الأكثر قراءة|الأكثر مشاهدة|الأكثر شعبية|الأكثر تداولاً|الأكثر رواجاً",
    es="Lo más leído|Las más leídas|Los más leídos|Más leídas|Más leídos|Más leído|Más vistos|Más vistas|Más visto|"
    "Lo más visto|Lo más popular|Más popular",
)
COVERAGE_TITLES = Phrases(
    en="Coverage|Coverages|Full coverage|Special coverage",
    ar="تغطية|تغطيات|التغطية|التغطيات|تغطية خاصة|تغطية كاملة",
    es="Cobertura|Coberturas|Cobertura completa|Cobertura especial",
)
AUTHORS_TITLES = Phrases(
    en="Authors|Our Authors|All Authors|Writers|Our Writers|Columnists|Contributors",
    ar="الكتاب|كتاب|كتابنا|كتاب الميادين|جميع الكتاب|كل الكتاب|الكاتبات والكتاب|كتّاب الرأي",
    es="Autores|Nuestros autores|Todos los autores|Autoras y autores|Columnistas|Colaboradores|Escritores",
)
NOT_NAMES = Phrases(
    en="All|More|View all|See all|Show all|Read more|All articles|All posts|See all articles|See all posts|More posts|"
    "More articles|View all articles|View all posts|More from this author|View author archive|Get author RSS feed|RSS|"
    "RSS feed|Bio|Full bio|Biography|Profile|View profile|Full profile|Author page|Website|Contact|Email|E-mail|"
    "Contact the author",
    ar="الكل|المزيد|عرض الكل|اقرأ المزيد|شاهد الكل|كل المقالات|جميع المقالات|المزيد من المقالات|كل مقالات الكاتب|"
    "مقالات الكاتب|السيرة الذاتية|نبذة عن الكاتب|صفحة الكاتب|الملف الشخصي|للتواصل|البريد الإلكتروني",
    es="Todos|Todas|Más|Ver más|Ver todo|Ver todos|Ver todas|Leer más|Todos los artículos|Ver todos los artículos|"
    "Más artículos|Más del autor|Biografía|Perfil|Ver perfil|Página del autor|Sitio web|Contacto|Correo electrónico",
)
"""Labels of links next to names of tags, authors and coverages. They are not names."""
NOT_SECTIONS = Phrases(
    en="Home|All|More|Live|Search|Login|Log in|Sign in|Menu|Ar|Es|En|Arabic|English|Privacy Policy|Terms of Use|"
    "About Us|Contact Us|Authors|View all|See all|Advertise",
    ar="الرئيسية|المزيد|الكل|بث مباشر|البث الحي|البث المباشر|مباشر|بحث|البحث|تسجيل الدخول|القائمة|العربية|اتصل بنا|"
    "من نحن|عن الميادين|سياسة الخصوصية|شروط الاستخدام|الكتاب|أعلن معنا",
    es="Inicio|Portada|Más|Todos|Todas|En vivo|En directo|Buscar|Iniciar sesión|Menú|Español|Inglés|Árabe|Contacto|"
    "Contáctenos|Quiénes somos|Sobre nosotros|Política de privacidad|Términos de uso|Autores|Publicidad",
)
"""Labels of menu entries that do not lead to a listing of articles."""

# --- in and around an article's text ---------------------------------------------------------------------------------

READ_NEXT = Phrases(
    en="Read next|Read also|Read more|Also read|See also|See more|Don't miss|Watch also|Related|You may also like|"
    "Learn more|More on this|Further reading",
    ar="اقرأ أيضاً|اقرؤوا أيضاً|اقرأوا أيضاً|اقرئي أيضاً|للقراءة أيضاً|اقرأ المزيد|اقرأ التالي|اقرأ كذلك|إقرأ أكثر|"
    "للمزيد|للمزيد اقرأ|لقراءة المزيد|شاهد أيضاً|شاهدوا أيضاً|طالع أيضاً|تابع أيضاً|انظر أيضاً|ذات صلة|"
    "مواضيع ذات صلة|لا تفوت|قد يهمك أيضاً|قد يعجبك أيضاً",
    es="Lea también|Lee también|Leer también|Lea además|Lee además|Leer además|Lea más|Lee más|Leer más|"
    "Lea siguiente|Lee siguiente|Leer siguiente|Vea también|Ve también|Ver también|Ver además|Vea además|Ver más|"
    "Siga leyendo|Sigue leyendo|Le puede interesar|Te puede interesar|También te puede interesar|Más información|"
    "No te pierdas|No se pierda|Relacionado|Relacionada|Puedes ver|Puede ver|Mira también|Mire también|"
    "Te recomendamos",
)
"""Beginnings of paragraphs that only point to another article."""
READ_VERBS = Phrases(en="Read|Watch|See|Listen", ar="اقرأ|شاهد|طالع", es="Lea|Lee|Vea|Mira|Mire|Ver|Leer")
"""The same before a colon or bar. Without one, these words may begin a title or be a name."""
RELATED_TITLES = Phrases(
    en="Related|Related news|Related articles|Related posts|Related stories|Related article|Related story|"
    "Related content|Related topics|Read more|Read also|Also read|See also|You may also like|More on this",
    ar="أخبار ذات صلة|خبر ذو صلة|أخبار متعلقة|مواضيع ذات صلة|موضوعات ذات صلة|مقالات ذات صلة|مقال ذو صلة|ذات صلة|"
    "محتوى ذو صلة|اقرأ أيضاً|اقرؤوا أيضاً|اقرأوا أيضاً|اقرأ المزيد|شاهد أيضاً|شاهدوا أيضاً|طالع أيضاً|تابع أيضاً|"
    "انظر أيضاً|قد يهمك أيضاً|قد يعجبك أيضاً|مواضيع متعلقة|مقالات متعلقة|تقارير ذات صلة|اخترنا لكم|المزيد من الأخبار",
    es="Noticias relacionadas|Noticia relacionada|Artículos relacionados|Artículo relacionado|Notas relacionadas|"
    "Nota relacionada|Contenido relacionado|Contenidos relacionados|Temas relacionados|Relacionados|Relacionadas|"
    "Relacionado|Relacionada|Lea también|Lee también|Leer también|Lea además|Lee además|Leer más|Lea más|"
    "Vea también|Ver también|Te puede interesar|Le puede interesar|También te puede interesar|Siga leyendo",
)
"""Headings of the box of related articles inside a body."""
TAG_LABELS = Phrases(
    en="Tags|Tag|Keywords|Topics|Key words|Labels|In this article|More on",
    ar="كلمات دلالية|الكلمات الدلالية|كلمات مفتاحية|الكلمات المفتاحية|وسوم|الوسوم|الأوسمة|أوسمة|تاغات|علامات|"
    "مواضيع|المواضيع|إشارات",
    es="Etiquetas|Etiqueta|Palabras clave|Palabras claves|Temas|Tema|Tópicos|En este artículo|Más sobre",
)
"""Labels in front of an article's tags."""
AD_LABELS = Phrases(
    en="Advertisement|Advertisements|Ad|Ads|Advertising|Sponsored|Sponsored content|Paid content|"
    "Article continues below advertisement|Story continues below advertisement|Skip advertisement|"
    "Advertisement - scroll to continue|This advertisement has not loaded yet, but your article continues below",
    ar="إعلان|إعلانات|الإعلانات|إعلان ممول|محتوى ممول|مساحة إعلانية",
    es="Publicidad|Anuncio|Anuncios|Contenido patrocinado|Patrocinado",
)
"""Labels of advertisements. A paragraph that is only such a label is not text of the article."""
CALLS = Phrases(
    en="Follow|Follow us|Follow our|Subscribe|Join|Join us|Join our|Sign up|Share|Share this|Like us|Find us|"
    "Connect with us|Download our|Get our|Register",
    ar="تابعونا|تابعنا|تابعوا|تابع|تابعي|اشترك|اشتركوا|اشتركي|انضم|انضموا|انضم إلينا|شارك|شاركوا|شاركها|شاركنا|مشاركة|"
    "حمل تطبيق|حملوا تطبيق|سجل في|لمتابعة|لمتابعتنا|للاشتراك|للانضمام|يمكنكم متابعتنا",
    es="Síguenos|Síganos|Síguelos|Sigue|Siga|Sigan|Suscríbete|Suscríbase|Suscríbanse|Únete|Únase|Únanse|Comparte|Comparta|"
    "Compartir|Descarga nuestra|Descargue nuestra|Regístrate|Regístrese|Encuéntranos",
)
"""Beginnings of paragraphs that ask readers to follow, subscribe or share."""
OUR_CALLS = Phrases(
    en="follow us|follow our|subscribe to our|subscribe to us|join our|join us|sign up for our|sign up to our|"
    "like us on|find us on|download our app|get our app",
    ar="تابعونا|تابعنا|متابعتنا|تابع قناتنا|تابعوا قناتنا|تابعوا صفحتنا|تابع صفحتنا|اشترك في قناتنا|اشتركوا في قناتنا|"
    "اشترك في نشرتنا|اشتركوا في نشرتنا|انضم إلينا|انضموا إلينا|انضم إلى قناتنا|انضموا إلى قناتنا|حمل تطبيقنا",
    es="síguenos|síganos|suscríbete a nuestro|suscríbete a nuestra|suscríbase a nuestro|suscríbase a nuestra|"
    "únete a nuestro|únete a nuestra|únase a nuestro|únase a nuestra|descarga nuestra app|descargue nuestra aplicación",
)
"""Calls that name the site. They count anywhere in a paragraph."""
CALL_WORDS = Phrases(
    en="follow|subscribe|join|share|sign|up|like|find|connect|download|get|register|us|our|the|this|to|on|for|in|at|via|with|"
    "by|or|now|here|today|free|daily|your|friends|channel|channels|page|pages|newsletter|newsletters|group|app|"
    "account|accounts|social|media|article|story|post|news|latest|more|updates|copy|link|email|print|x|telegram|"
    "whatsapp|facebook|twitter|instagram|youtube|tiktok|linkedin|threads|bluesky|google|messenger|pinterest|reddit",
    ar="تابعونا|تابعنا|تابعوا|تابع|تابعي|اشترك|اشتركوا|اشتركي|انضم|انضموا|إلينا|شارك|شاركوا|شاركها|شاركنا|مشاركة|حمل|"
    "حملوا|سجل|لمتابعة|لمتابعتنا|للاشتراك|للانضمام|يمكنكم|متابعتنا|على|في|إلى|عبر|من|مع|كل|قناة|القناة|قناتنا|صفحة|صفحتنا|حسابنا|"
    "حساباتنا|مجموعة|مجموعتنا|تطبيق|تطبيقنا|المقال|المقالة|الخبر|التقرير|الموضوع|القصة|هذا|هذه|أصدقائك|النشرة|نشرتنا|"
    "البريدية|آخر|الأخبار|أخبار|الميادين|مواقع|منصات|وسائل|التواصل|الاجتماعي|منصة|نسخ|الرابط|طباعة|تلغرام|تيليغرام|تليغرام|"
    "تلجرام|تليجرام|تيليجرام|واتساب|واتس|آب|فيسبوك|فايسبوك|تويتر|إكس|إنستغرام|انستغرام|إنستجرام|يوتيوب|تيك|توك|"
    "لينكد|ماسنجر",
    es="síguenos|síganos|síguelos|sigue|siga|sigan|suscríbete|suscríbase|suscríbanse|únete|únase|únanse|comparte|"
    "comparta|compartir|descarga|descargue|regístrate|regístrese|encuéntranos|en|a|al|con|por|para|de|del|el|la|las|"
    "los|este|esta|e|o|nuestro|nuestra|nuestros|nuestras|tus|sus|amigos|canal|canales|página|grupo|cuenta|cuentas|"
    "aplicación|boletín|redes|sociales|artículo|nota|noticia|noticias|últimas|más|copiar|enlace|imprimir|correo",
)
"""All words of a call that needs no link."""
CONSENTS = Phrases(
    en="Accept|Agree|I agree|Allow|OK|Got it|Reject", ar="قبول|موافق|أوافق|رفض", es="Aceptar|Acepto|Rechazar"
)
COOKIES = Phrases(en="cookie|cookies", ar="ملفات تعريف الارتباط|ملفات الارتباط|الكوكيز|كوكيز")
COMMENT_TITLES = Phrases(
    en="Comments|Comment|Responses|Reader comments|Readers' comments|Leave a comment|Leave a reply|Post a comment|"
    "Add a comment|Add comment|Write a comment|Join the conversation|Join the discussion|Discussion",
    ar="التعليقات|تعليقات|تعليق|تعليقان|تعليقات القراء|تعليقات الزوار|اترك تعليقاً|اترك تعليقك|أضف تعليقاً|أضف تعليق|"
    "أضف تعليقك|اكتب تعليقاً|شارك برأيك|شاركنا رأيك|الردود|ردود",
    es="Comentarios|Comentario|Respuestas|Comentarios de los lectores|Deja un comentario|Deje un comentario|"
    "Dejar un comentario|Deja una respuesta|Dejar una respuesta|Escribe un comentario|Añadir comentario|"
    "Añade un comentario|Agregar comentario|Agrega un comentario|Únete a la conversación",
)
"""Titles of the comments of readers, without their number."""
REPLY_LABELS = Phrases(
    en="Reply|Reply to this comment|Report comment",
    ar="رد|الرد|أضف رداً|رد على التعليق|الإبلاغ عن التعليق",
    es="Responder|Contestar|Responder al comentario|Denunciar comentario",
)
"""Labels at each comment of a reader."""
RIGHTS_RESERVED = Phrases(
    en="All rights reserved",
    ar="جميع الحقوق محفوظة|كل الحقوق محفوظة|الحقوق محفوظة",
    es="Todos los derechos reservados|Derechos reservados|Reservados todos los derechos",
)
SITE_NAMES = Phrases(
    en="Al Mayadeen|Al Mayadeen English|Al Mayadeen Net|Al Mayadeen TV|Al Mayadeen News|Al Mayadeen Media Network|"
    "Al Mayadeen Network|AlMayadeen.net|english.almayadeen.net",
    ar="الميادين|الميادين نت|قناة الميادين|شبكة الميادين|شبكة الميادين الإعلامية|قناة الميادين الفضائية|"
    "الميادين أونلاين|موقع الميادين",
    es="Al Mayadeen Español|Al Mayadeen en Español|Cadena Al Mayadeen|Canal Al Mayadeen|espanol.almayadeen.net",
)
"""Names of the site, with which a page's title may end."""
SOURCE_LABELS = Phrases(
    en="Source|Sources",
    ar="المصدر|مصدر|المصادر",
    es="Fuente|Fuentes",
)
OPINION_SUBJECTS = Phrases(
    en="opinions|opinion|views|view|statements",
    ar="الآراء|آراء|الرأي|وجهات النظر|وجهة النظر|ما ورد|ما يرد|ما جاء|المقالات|المقالة|المقال",
    es="opiniones|opinión|puntos de vista|criterios|ideas",
)
"""Subjects of a disclaimer."""
NECESSARILY = Phrases(en="necessarily", ar="بالضرورة|ضرورة", es="necesariamente")
NOT_REFLECT = Phrases(
    en="do not|does not|don't|doesn't|not|may not",
    ar="لا تعبر|لا يعبر|لا تعكس|لا يعكس|لا تمثل|لا يمثل|ليست|ليس|ولا تعبر|ولا يعبر|ولا تعكس|ولا يعكس|ولا تمثل|ولا يمثل|"
    "لا تتبنى|لا يتبنى|لا تعني|لا يعني",
    es="no reflejan|no refleja|no representan|no representa|no expresan|no expresa|no son|no necesariamente|"
    "no coinciden|no coincide|no corresponden|no corresponde|no comprometen|"
    "no compromete|no tienen|no constituyen",
)
RESPONSIBLE = Phrases(
    en="Al Mayadeen|author|authors|writer|writers|publisher|article|editorial|ours|our|us",
    ar="الميادين|صاحبها|صاحبه|أصحابها|الكاتب|كاتبها|كاتبه|الكاتبة|المقالة|المقال|القناة|الموقع|الشبكة",
    es="Al Mayadeen|autor|autora|autores|artículo|medio|cadena|editorial|redacción|nuestra|nuestras",
)
"""Persons and publishers that a disclaimer calls responsible for the opinions."""
DISCLAIMER_LABELS = Phrases(
    en="Disclaimer",
    ar="إخلاء مسؤولية|إخلاء المسؤولية|تنويه",
    es="Descargo de responsabilidad|Aviso legal|Aclaración",
)

POSITIONS = Phrases(
    en="l|r|c|left|right|center|centre|middle|top|bottom|front|back|foreground|background",
    ar="يمين|يسار|وسط|اليمين|اليسار|الوسط|يميناً|يساراً|شمال|الشمال|الخلف|الأمام|أعلى|أسفل",
    es="i|d|c|izq|izda|izquierda|der|dcha|derecha|centro|medio|arriba|abajo|fondo|atrás|delante|primer plano",
)
POSITION_FILLERS = Phrases(
    en="from|the|in|on|at|to|of|far|first|second|third|fourth|fifth|row|upper|lower",
    ar="إلى|على|من|في|الأول|الأولى|الثاني|الثانية|الثالث|الثالثة|الرابع|الرابعة|أقصى|جهة|الصف|عن",
    es="a|al|la|el|en|de|del|por|desde|primero|primera|segundo|segunda|tercero|tercera|cuarto|cuarta|fila|extremo",
)
"""Words around a position: ``second from left``."""

# --- bylines ---------------------------------------------------------------------------------------------------------

BYLINES = Phrases(
    en="By|Written by|Reported by|Story by|Words by|Text by|Posted by|Submitted by|Interview by|Author|Authors|"
    "Reporter",
    ar="بقلم|كتب|كتبت|كتبه|كتبته|كتابة|الكاتب|الكاتبة|الكاتبان|الكتّاب|إعداد|أعد|أعدّه|أعدّته|أعدّ التقرير|"
    "إعداد وتحرير|تحرير|تقرير|المؤلف|المؤلفة|المحرر|المحررة|مراسل الميادين|حوار|حاوره|حاورته|حاورها",
    es="Por|Escrito por|Escribe|Escriben|Texto|Texto de|Autor|Autora|Autores|Autoras|Redacción|Redactado por|"
    "Elaborado por|Publicado por|Enviado por|Reporta|Informa|Entrevista de|Crónica de|Un reportaje de",
)
"""Words in front of the names of authors."""
BYLINES_WITHOUT_COLON = Phrases(
    en="By|Written by|Reported by|Story by|Words by|Text by|Posted by|Submitted by|Interview by",
    ar="بقلم",
    es="Por|Escrito por|Texto de|Redactado por|Elaborado por|Publicado por|Enviado por",
)
"""Byline words that need no colon. The other byline words are also ordinary nouns and verbs."""
WROTE = Phrases(ar="كتب|كتبت|الكاتب|الكاتبة|إعداد", es="Escribe")
"""Byline words that need no colon if only a full name follows."""
ROLES = Phrases(
    en="reporter|correspondent|editor|journalist|writer|columnist|analyst|producer|contributor|researcher|"
    "professor|expert|director|activist|academic|author|photographer|commentator|specialist|scholar|"
    "lecturer|intern|md|phd",
    ar="مراسل|مراسلة|محرر|محررة|صحافي|صحافية|صحفي|صحفية|كاتب|كاتبة|محلل|محللة|باحث|باحثة|أستاذ|أستاذة|خبير|خبيرة|"
    "إعلامي|إعلامية|مدير|مديرة|ناشط|ناشطة|أكاديمي|أكاديمية|مختص|مختصة",
    es="reportero|reportera|corresponsal|editor|editora|periodista|redactor|redactora|columnista|analista|"
    "productor|productora|colaborador|colaboradora|investigador|investigadora|profesor|profesora|experto|experta|"
    "director|directora|activista|académico|académica|escritor|escritora|jefe|jefa|enviado|enviada|fotógrafo|"
    "fotógrafa",
)
"""Words for a person's role. A part of a byline with such a word is not a name."""
NAME_PARTICLES = Phrases(
    en="bin|ibn|al|el|ul|abu|von|van|der|den|de|da|di|du|la|le|of|the|bint|ter|ten|zu",
    ar="بن|ابن|أبو|آل|بنت|عبد",
    es="de|del|la|las|los|e|da|do|dos",
)
"""Words of a name that may begin with a small letter."""

# --- numbers ---------------------------------------------------------------------------------------------------------

NUMBERS = by_phrase(
    {
        1: "one|a|an|واحد|واحدة|uno|una|un",
        2: "two|اثنان|اثنتان|اثنين|اثنتين|dos",
        3: "three|ثلاث|ثلاثة|tres",
        4: "four|أربع|أربعة|cuatro",
        5: "five|خمس|خمسة|cinco",
        6: "six|ست|ستة|seis",
        7: "seven|سبع|سبعة|siete",
        8: "eight|ثماني|ثمانية|ثمان|ocho",
        9: "nine|تسع|تسعة|nueve",
        10: "ten|عشر|عشرة|diez",
    }
)
MULTIPLIERS = by_phrase(
    {
        1000: "k|thousand|ألف|ألفاً|آلاف|mil",
        2000: "ألفا|ألفان|ألفين",
        1_000_000: "m|million|مليون|ملايين|millón|millones",
        2_000_000: "مليونا|مليونان|مليونين",
    }
)
MINUTES = Phrases(en="min|mins|minute|minutes", ar="دقيقة|دقائق|د", es="min|mins|minuto|minutos")
TWO_MINUTES = Phrases(ar="دقيقتان|دقيقتين")
READING = Phrases(
    en="read|reading",
    ar="قراءة|للقراءة|القراءة|تقرأ|لقراءته|لقراءتها|قراءته",
    es="lectura|leer|lee",
)
READING_FILLERS = Phrases(
    en="time|to|estimated|approx|about|less|than",
    ar="مدة|وقت|زمن|في|المقال|المقدر|المقدرة|تقريباً|نحو|حوالي|أقل|من",
    es="tiempo|de|para|en|se|estimado|estimada|aprox|unos|menos",
)
"""Words next to the minutes of reading."""
SHARES = Phrases(
    en="share|shares|shared",
    ar="مشاركة|مشاركات|المشاركات|مشاركاً",
    es="compartido|compartidos|compartida|compartidas",
)
SHARES_FILLERS = Phrases(
    en="times|time|total",
    ar="عدد|مرة|مرات|تمت|تم",
    es="veces|vez|de|en|total|ha sido",
)
TWO_SHARES = Phrases(ar="مشاركتان|مشاركتين")
