"""All settings of the portal, read top to bottom; everything that differs between installations is a variable.

`.env.example` lists the variables with a comment each. `.env` is read for development; the real environment wins.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any

import environ
from django.core.exceptions import ImproperlyConfigured

from ghlportal import folder_broker

BASE_DIR = Path(__file__).resolve().parent.parent
env = environ.Env()
env.read_env(BASE_DIR / ".env")

# ---------------------------------------------------------------- the installation

DEBUG = env.bool("DEBUG", default=False)
# Vital values lack a default outside development: the portal refuses to start rather than run unprotected.
SECRET_KEY = env("SECRET_KEY", default="") or ("development-only" if DEBUG else "")
FIELD_ENCRYPTION_KEYS = [key.strip() for key in env.list("FIELD_ENCRYPTION_KEYS", default=[]) if key.strip()]
if DEBUG and not FIELD_ENCRYPTION_KEYS:
    FIELD_ENCRYPTION_KEYS = ["development-only-encryption-key"]
for name, value in {"SECRET_KEY": SECRET_KEY, "FIELD_ENCRYPTION_KEYS": FIELD_ENCRYPTION_KEYS}.items():
    if not value:
        raise ImproperlyConfigured(f"Set the environment variable {name} to a long random text; see .env.example.")
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1"] if DEBUG else [])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
# An https origin says that the portal is reached over TLS, so its cookies go nowhere else.
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = any(origin.startswith("https://") for origin in CSRF_TRUSTED_ORIGINS)
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
SECURE_CONTENT_TYPE_NOSNIFF = True
X_FRAME_OPTIONS = "DENY"
DEFAULT_EXCEPTION_REPORTER_FILTER = "ghlportal.error_reports.NoSecrets"

INSTALLED_APPS = [
    "ghlportal.apps.PortalAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "rest_framework",
    "drf_spectacular",
    "django_celery_beat",
    "ghlportal.apps.PortalConfig",
    "imports.apps.ImportsConfig",
    "calls.apps.CallsConfig",
    "prospects.apps.ProspectsConfig",
    "integrations.apps.IntegrationsConfig",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "ghlportal.middleware.content_security_policy",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "ghlportal.middleware.times_in_the_readers_zone",
]

ROOT_URLCONF = "ghlportal.urls"
WSGI_APPLICATION = "ghlportal.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "ghlportal" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ],
        },
    },
]
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]

# ---------------------------------------------------------------- rows and files

DATABASE_URL = env("DATABASE_URL", default="") or f"sqlite:///{BASE_DIR / 'db.sqlite3'}"
DATABASES = {"default": env.db_url_config(DATABASE_URL)}
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    # Django's own defaults lose writes under several workers: measured 418 of 600 requests failing with
    # "database is locked". IMMEDIATE takes the write lock at BEGIN, so that waiting works.
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "init_command": "PRAGMA busy_timeout=20000; PRAGMA journal_mode=WAL; PRAGMA synchronous=NORMAL;",
    }
else:
    DATABASES["default"]["CONN_MAX_AGE"] = 60
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True
    DATABASES["default"].setdefault("OPTIONS", {}).setdefault("connect_timeout", 5)  # seconds

# Files that the processes of one installation share: locks and, without Redis, the broker and the allowance.
# One folder per database, so that several installations can run on one machine.
RUNTIME_DIR = BASE_DIR / "var" / sha256(DATABASE_URL.encode()).hexdigest()[:12]

# ---------------------------------------------------------------- pages

LANGUAGE_CODE = "en-us"
USE_TZ = True
TIME_ZONE = env("TIME_ZONE", default="UTC")
STATIC_URL = "static/"
STATICFILES_DIRS = [BASE_DIR / "ghlportal" / "static"]
WHITENOISE_USE_FINDERS = True  # serves the apps' own files: no collect step to forget
LOGIN_URL = "admin:login"
MESSAGE_STORAGE = "django.contrib.messages.storage.session.SessionStorage"

REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": ["rest_framework.authentication.SessionAuthentication"],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAdminUser"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_SCHEMA_CLASS": "drf_spectacular.openapi.AutoSchema",
    "DEFAULT_THROTTLE_RATES": {"caller": "1200/min"},  # for each token, in each web process
    "URL_FORMAT_OVERRIDE": None,  # JSON is all there is
}
SPECTACULAR_SETTINGS = {
    "TITLE": "GHL portal",
    "DESCRIPTION": "What staff see and do in the admin, for front ends and scripts, by the same roles.",
    "VERSION": "1",
    "SCHEMA_PATH_PREFIX": "/api/",
    "SERVE_INCLUDE_SCHEMA": False,
    "ENUM_NAME_OVERRIDES": {
        "RunStatus": "integrations.models.RunStatus",
        "ClientStatus": "integrations.models.Client.Status",
        "DeliveryStatus": "integrations.models.WebhookEvent.Status",
        "DeliverySource": "integrations.models.WebhookEvent.Source",
        "DeliveryKind": "integrations.models.WebhookEvent.Kind",
        "BatchStatus": "imports.models.ImportBatch.Status",
        "BatchSource": "imports.models.ImportBatch.Source",
        "RecordStatus": "imports.models.StagedRecord.Status",
        "RecordDecision": "imports.models.StagedRecord.Decision",
        "ReviewDecision": "imports.models.ReviewDecision.Decision",
        "CandidateKind": "imports.models.MatchCandidate.Kind",
        "IdentityColumn": "imports.api.corrections.COLUMNS",
        "KeptColumn": "imports.api.corrections.KEPT_COLUMNS",
        "SummaryStatus": "calls.api.SUMMARY_STATUSES",
    },
    "PREPROCESSING_HOOKS": ["ghlportal.api_schema.only_the_api"],
    "POSTPROCESSING_HOOKS": [
        "drf_spectacular.hooks.postprocess_schema_enums",
        "ghlportal.api_schema.with_errors",
    ],
}

# ---------------------------------------------------------------- GoHighLevel and Claude

GHL_API_BASE_URL = env("GHL_API_BASE_URL", default="https://services.leadconnectorhq.com").rstrip("/")
GHL_API_VERSION = env("GHL_API_VERSION", default="2021-07-28")
GHL_TIMEOUT_SECONDS = env.float("GHL_TIMEOUT_SECONDS", default=20.0)
GHL_SEARCH_LAG_SECONDS = env.float("GHL_SEARCH_LAG_SECONDS", default=15.0)
GHL_APP_PUBLIC_KEYS = env("GHL_APP_PUBLIC_KEYS", default="")  # PEM, one after the other; empty: the published two
KEEP_DELIVERIES_DAYS = env.int("KEEP_DELIVERIES_DAYS", default=90)  # those that are done; never what waits or failed
ANTHROPIC_API_KEY = env("ANTHROPIC_API_KEY", default="")  # empty: no summaries, all else works
ANTHROPIC_BASE_URL = env("ANTHROPIC_BASE_URL", default="https://api.anthropic.com")
ANTHROPIC_MODEL = env("ANTHROPIC_MODEL", default="claude-sonnet-5-5")
ANTHROPIC_TIMEOUT_SECONDS = env.float("ANTHROPIC_TIMEOUT_SECONDS", default=60.0)
ANTHROPIC_AT_ONCE = env.int("ANTHROPIC_AT_ONCE", default=4)  # summaries in the making, in all workers together
ANTHROPIC_PRICES = env("ANTHROPIC_PRICES", default="")  # model=in/out, …: dollars for a million tokens

# ---------------------------------------------------------------- work off the request

REDIS_URL = env("REDIS_URL", default="") or None
CELERY_BROKER_TRANSPORT_OPTIONS: dict[str, Any]
if REDIS_URL:
    # A unix socket has another name with Celery than with the Redis client.
    CELERY_BROKER_URL = REDIS_URL.replace("unix://", "redis+socket://", 1)
    CELERY_BROKER_TRANSPORT_OPTIONS = {"visibility_timeout": 3600, "socket_timeout": 5, "socket_connect_timeout": 2}
else:
    CELERY_BROKER_URL = "filesystem://"
    CELERY_BROKER_TRANSPORT_OPTIONS = folder_broker.transport_options(RUNTIME_DIR)
CELERY_BROKER_CONNECTION_MAX_RETRIES = None  # Celery's own 100 end the worker after three quarters of an hour
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True  # what matters is a row with a status; a task that is given twice finds its row claimed
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
# With Redis 0 goes first and is the usual: after an outage all deliveries are worked on before GHL is asked for more.
CELERY_TASK_ROUTES = {"calls.tasks.enrich_call": {"priority": 9}}
CELERY_TASK_TIME_LIMIT = 30 * 60  # seconds; a pull works in slices well below this
CELERY_TIMEZONE = "UTC"
CELERY_BEAT_SCHEDULER = "ghlportal.beat.PatientScheduler"
CELERY_BEAT_SCHEDULE = {
    "Notice pulls that stopped without a word": {"task": "imports.tasks.notice_dead_pulls", "schedule": 60.0},
    "Notice files that stopped without a word": {"task": "imports.tasks.notice_dead_files", "schedule": 60.0},
    "Notice bulk runs that stopped without a word": {
        "task": "imports.tasks.notice_waiting_bulk_runs",
        "schedule": 60.0,
    },
    "Go on with comparisons that stopped without a word": {
        "task": "imports.tasks.notice_waiting_comparisons",
        "schedule": 60.0,
    },
    "Try waiting deliveries again": {"task": "integrations.tasks.sweep_inbox", "schedule": 60.0},
    "Look for mapped custom fields that are gone": {"task": "integrations.tasks.check_mappings", "schedule": 14400.0},
    "Go on with pushes that stopped without a word": {"task": "prospects.tasks.sweep_pushes", "schedule": 60.0},
    "Tell GHL of changed people": {"task": "prospects.tasks.tell_all_changes", "schedule": 300.0},
    "Fetch what calls still lack": {"task": "calls.tasks.enrich_due", "schedule": 60.0},
    "Summarise calls that wait": {"task": "calls.tasks.summarize_waiting", "schedule": 60.0},
    "Compare calls with GHL": {"task": "calls.tasks.reconcile_locations", "schedule": 3600.0},
}

# ---------------------------------------------------------------- who is handed what GHL delivers

# (location, delivery, received at) -> integrations.events.Handled; by path, since `integrations` knows no app above it.
GHL_EVENT_HANDLERS = {"call": "calls.events.call_delivered", "contact": "prospects.events.contact_changed"}

# ---------------------------------------------------------------- logging: ids, counts and outcomes, never bodies

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "formatters": {"line": {"format": "%(asctime)s %(levelname)s %(name)s %(message)s"}},
    "filters": {"no_webhook_secrets": {"()": "ghlportal.log_lines.NoWebhookSecrets"}},
    "handlers": {"stderr": {"class": "logging.StreamHandler", "formatter": "line"}},
    "root": {"handlers": ["stderr"], "level": "INFO"},
    "loggers": {
        # The two that write the paths of requests.
        "django.request": {"filters": ["no_webhook_secrets"]},
        "django.server": {"filters": ["no_webhook_secrets"], "handlers": ["stderr"], "propagate": False},
    },
}
