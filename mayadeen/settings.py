"""Settings of the project. After each value: what Scrapy's own default is, and why ours differs.

Change one for a single run with ``-s NAME=VALUE``. The project's own settings come last and start with ``MAYADEEN_``;
they can be given by the environment too.
"""

from __future__ import annotations

import os

import mayadeen

BOT_NAME = "mayadeen"
SPIDER_MODULES = ["mayadeen.spiders"]
NEWSPIDER_MODULE = "mayadeen.spiders"
COMMANDS_MODULE = "mayadeen.commands"  # default: none. Our `crawl` tells by its exit status how a run ended.

# --- courtesy ---------------------------------------------------------------------------------------------------------
# What the site is asked for, how often, and by whom. DOWNLOAD_DELAY, AUTOTHROTTLE_ENABLED and
# CONCURRENT_REQUESTS_PER_DOMAIN are the knobs for pace.

ROBOTSTXT_OBEY = True  # default: False. What the site forbids is not fetched.
USER_AGENT = mayadeen.CRAWLER  # default: Scrapy's. Who asks; MAYADEEN_CONTACT is added to it. Never a browser's name.
ROBOTSTXT_USER_AGENT = "mayadeen"  # default: the user agent. The name that robots.txt may address, without version.
DOWNLOAD_DELAY = 1  # default: 0. One page a second is what a hasty reader asks for.
DOWNLOAD_DELAY_JITTER = 0.5  # as default: delays between half and one and a half times DOWNLOAD_DELAY.
CONCURRENT_REQUESTS_PER_DOMAIN = 1  # default: 8. There is one site; the next page is asked for when this one is here.
CONCURRENT_REQUESTS = 16  # as default: an upper bound for those who raise the value above.
AUTOTHROTTLE_ENABLED = True  # default: False. A site that answers slowly is asked more slowly.
AUTOTHROTTLE_START_DELAY = 1  # default: 5. DOWNLOAD_DELAY is polite enough to start with.
AUTOTHROTTLE_TARGET_CONCURRENCY = 1.0  # as default.
DOWNLOADER = (
    "mayadeen.politeness.handler.Downloader"  # default: Scrapy's. Ours keeps one pace for all runs on the data folder,
)
DOWNLOAD_HANDLERS = {  # heeds Retry-After, and waits where the request is about to go out.
    "http": "mayadeen.politeness.handler.Handler",
    "https": "mayadeen.politeness.handler.Handler",
}
COOKIES_ENABLED = False  # default: True. Every page is the same for every reader.
REFERRER_POLICY = (
    "scrapy.spidermiddlewares.referer.SameOriginPolicy"  # default: also tells other hosts the address one came from.
)
DEFAULT_REQUEST_HEADERS = {  # default: the language is always "en", which the other editions must not be asked for.
    "Accept": "text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8",
}

# --- downloads --------------------------------------------------------------------------------------------------------

DOWNLOAD_VERIFY_CERTIFICATES = True  # default: False. A record must come from the site, not from somebody in between.
DOWNLOAD_TIMEOUT = 60  # default: 180. Slower than this is an error to be tried again.
DOWNLOAD_MAXSIZE = 16 * 1024 * 1024  # default: 1 GiB. Pages have a few hundred kB; a video by mistake is cut off.
DOWNLOAD_WARNSIZE = 4 * 1024 * 1024  # default: 32 MiB.
RETRY_TIMES = 2  # as default: three attempts in all.
RETRY_HTTP_CODES = [408, 425, 429, 500, 502, 503, 504, 520, 521, 522, 523, 524, 525, 527, 530]
# default: without 425 and most of Cloudflare's codes from 520 to 530, which mean that the server behind it failed.
RETRY_GIVE_UP_LOG_LEVEL = "DEBUG"  # default: ERROR. The spider logs what is given up, once, with its reason.
REDIRECT_MAX_TIMES = 5  # default: 20. Articles move once or twice; more is a loop.
METAREFRESH_ENABLED = False  # default: True. A news page that reloads itself is not a redirect.
URLLENGTH_LIMIT = 0  # default: 2083, beyond which requests vanish. Encoded Arabic addresses are long.
SCHEDULER = "mayadeen.crawling.scheduler.CrawlScheduler"
# default: queues by priority, and a filter that drops repeated requests without telling the spider. Ours gives out few
# requests at a time, so that a run stops exactly at its limit, and each URL gets an outcome.
DOWNLOADER_MIDDLEWARES = {
    "scrapy.downloadermiddlewares.offsite.OffsiteMiddleware": None,  # drops without a word to the spider
    "mayadeen.politeness.offsite.OffsiteMiddleware": 50,  # instead of it: the spider is told, and counts
    "scrapy.downloadermiddlewares.robotstxt.RobotsTxtMiddleware": None,  # takes a robots.txt that fails for leave
    "mayadeen.politeness.robots.RobotsMiddleware": 100,  # instead of it: by RFC 9309
    "mayadeen.extraction.encodings.EncodingMiddleware": 580,  # after unpacking, before any reader
    "mayadeen.politeness.blocking.BlockingMiddleware": 570,  # before retries, which cannot wait
    "mayadeen.rendering.middleware.RenderingMiddleware": 840,  # answers in place of a download
    "mayadeen.crawling.prefetched.PrefetchedMiddleware": 950,  # last: reuses pages read for a name
}

# --- browser ----------------------------------------------------------------------------------------------------------

PLAYWRIGHT_BROWSER_PROVIDER = "mayadeen.rendering.browser.LazyProvider"
# default: scrapy-playwright's, which starts a Node process with every crawl. Ours starts it with the browser, and takes
# the network from the browser, whatever the options below say.
PLAYWRIGHT_LAUNCH_OPTIONS = {  # default: Ctrl-C ends the browser at once. Here it ends the crawl, which closes it last.
    "handle_sigint": False,
    "handle_sigterm": False,
    "handle_sighup": False,
}

# --- spiders ----------------------------------------------------------------------------------------------------------

WARN_ON_GENERATOR_RETURN_VALUE = False  # default: True, which parses the callback's source at every response.

SPIDER_MIDDLEWARES = {
    "scrapy.spidermiddlewares.depth.DepthMiddleware": None,  # depth says nothing here: articles free the next page
}

# --- items and feeds --------------------------------------------------------------------------------------------------

CONCURRENT_ITEMS = 1
# default: 100, so many tasks are made at every response, for a fifth of the run's CPU time. A page gives one record;
# while it waits for its pictures, other pages go on.
ITEM_PIPELINES = {
    "mayadeen.pipelines.identify.Identify": 100,  # before the costly ones: one record an article
    "mayadeen.pipelines.validate.Validate": 200,  # nothing is written that breaks the schema
    "mayadeen.pipelines.images.Images": 300,  # after what drops records: no picture is fetched for those
    "mayadeen.pipelines.write.Write": 900,  # last: what it passes on is whole and written
}
IMAGES_EXPIRES = 36500  # default: 90 days. A picture keeps its address for ever: what is on disk is not fetched again.
MEDIA_ALLOW_REDIRECTS = True  # default: False. Pictures move as pages do, within the same hosts.
FEED_EXPORT_ENCODING = "utf-8"  # default: None, which escapes everything that is not ASCII.
FEED_EXPORTERS = {
    "csv": "mayadeen.storage.exporters.ArticleCsvExporter"
}  # default: lists and nested values as Python text.

# --- extensions -------------------------------------------------------------------------------------------------------

TELNETCONSOLE_ENABLED = False  # default: True. It runs code sent to a port.
REMOTE_CONTROL_ENABLED = False  # default: True. It runs code sent to a port.
EXTENSIONS = {
    "scrapy.extensions.logstats.LogStats": None,  # replaced by Progress
    "scrapy.extensions.feedexport.FeedExporter": None,  # replaced by FeedExport
    "mayadeen.archives.recorder.ArchiveRecorder": 10,  # first to see a response, last to close
    "mayadeen.monitoring.feed_export.FeedExport": 0,  # a run that is refused leaves an -O file as it is
    "mayadeen.monitoring.progress.Progress": 500,
    "mayadeen.monitoring.drift_alert.DriftAlert": 505,  # before RunResultExtension, which names its alerts
    "mayadeen.monitoring.run_result.RunResultExtension": 510,
    "mayadeen.monitoring.report.Report": 520,  # after RunResultExtension, which decides the exit status
    "mayadeen.monitoring.metrics.Metrics": 530,  # after Report, which counts, and may end a run otherwise
}

# --- log --------------------------------------------------------------------------------------------------------------

LOG_LEVEL = "INFO"  # default: DEBUG, a line and a whole record for every article.
LOG_FORMATTER = "mayadeen.monitoring.logformatter.LogFormatter"  # default: prints whole records with errors.
LOG_VERSIONS: list[str] = []  # default: a dozen libraries, at every start.

# --- ours -------------------------------------------------------------------------------------------------------------

MAYADEEN_BASE_URL: str | None = None
"""Base of the edition being crawled; default: its public host. A mirror or a local server goes here."""

MAYADEEN_DATA_DIR = "data"
"""Where feeds and rejects are written. A relative path is taken from the folder of ``scrapy.cfg``; where there is no
such file, as under Scrapyd, it must be absolute."""

MAYADEEN_LOCK_WAIT = 0
"""Seconds to wait for a data folder that another run is writing to; after that the run ends, exit 1."""

MAYADEEN_CONTACT: str | None = None
"""How the site can reach whoever runs the crawl, a mail address or a web page: ``mayadeen/0.1.0 (+CONTACT)``."""

MAYADEEN_MAX_REJECT_SHARE = 0.01
"""Rejects beyond this share of all records, and at least 5 of them, mean that the layout no longer fits: exit 3."""

MAYADEEN_IMAGES = False
"""Whether the original pictures of articles are fetched too, into ``images/`` of the data folder."""

MAYADEEN_CSV_BOM = False
"""Whether CSV files begin with a byte order mark. Excel reads them as UTF-8 only then."""

MAYADEEN_WARC = False
"""Keep every response in ``warc/`` of the data folder, as WARC 1.1. Needs ``requirements-archive.txt``."""

MAYADEEN_CHROMIUM = "/usr/bin/chromium"
"""The browser for listings that load more by script; started, its driver too, only when one is met."""

MAYADEEN_MAX_CRAWL_DELAY = 60
"""Seconds between two requests: a Crawl-delay or Request-rate of robots.txt that asks for more is taken for this."""

MAYADEEN_MAX_RETRY_AFTER = 3600
"""Seconds. A Retry-After that asks for a longer wait ends the run with exit 3, and the last line says until when."""

MAYADEEN_BACKOFF = 30
"""Seconds to wait after a refusal that does not say how long (429, 503, a robots.txt that fails, a challenge); twice as
long each further time, never longer than ``MAYADEEN_MAX_RETRY_AFTER``."""

MAYADEEN_MAX_REQUESTS: int | None = None
"""So many requests a run may make, of whatever kind; then it ends with exit 3. Default: as many as it needs."""

MAYADEEN_CRAWL_HOURS: str | None = None
"""Hours in which to crawl, with a zone: ``22:00-06:00 Asia/Beirut``. Outside them the run waits. Default: always."""

# What the environment says of them holds for every run on a machine, Scrapyd's jobs too, which no scrapy.cfg reaches.
globals().update({name: value for name, value in os.environ.items() if name.startswith("MAYADEEN_")})
