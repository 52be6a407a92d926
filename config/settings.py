"""All settings; every difference between machines is an environment value (see `.env.example`)."""

from datetime import timedelta
from pathlib import Path

from csp.constants import NONE, SELF
from django.core.exceptions import ImproperlyConfigured

from config.desk.environment import apply_embedded_defaults
from config.env import env, env_choice, env_database, env_plan, env_secret, env_words
from config.logs import configure_structlog, logging_config

BASE_DIR = Path(__file__).resolve().parent.parent
if (BASE_DIR / ".env").is_file():
    env.read_env(str(BASE_DIR / ".env"))

# Without DATABASE_URL / REDIS_URL the desk brings its own servers; their addresses and secrets live in DESK_HOME.
apply_embedded_defaults()

DESK_HOME = Path(env.str("DESK_HOME", default=str(BASE_DIR / ".desk"))).resolve()
DESK_HTTP_PORT: int = env.int("DESK_HTTP_PORT", default=8000)
SECRET_KEY = env_secret("SECRET_KEY")
JWT_SIGNING_KEY = env_secret("JWT_SIGNING_KEY")
DEBUG = False
ALLOWED_HOSTS = env.list("DESK_ALLOWED_HOSTS", default=["127.0.0.1", "localhost", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("DESK_TRUSTED_ORIGINS", default=[])
DESK_BEHIND_TLS: bool = env.bool("DESK_BEHIND_TLS", default=False)

# Interactive Brokers
IB_HOST = env.str("IB_HOST", default="127.0.0.1") or "127.0.0.1"
IB_PORT: int = env.int("IB_PORT", default=env.int("SIMULATOR_PORT", default=4002))
IB_CLIENT_ID: int = env.int("IB_CLIENT_ID", default=7)
IB_LIBRARY = env_choice("IB_LIBRARY", ("ib_insync", "ib_async"), "ib_insync")
IB_TRADING_MODE = env_choice("IB_TRADING_MODE", ("paper", "live"), "paper")
IB_ALLOW_LIVE = env.str("IB_ALLOW_LIVE", default="")
if IB_TRADING_MODE == "live" and IB_ALLOW_LIVE != "yes-i-mean-it":
    raise ImproperlyConfigured("IB_TRADING_MODE=live needs IB_ALLOW_LIVE=yes-i-mean-it: real money would move")
# IB reports executions since midnight of the gateway's own time zone
IB_TIME_ZONE = env.str("IB_TIME_ZONE", default="America/New_York")
IB_COMMAND_DEADLINE = timedelta(seconds=env.float("IB_COMMAND_DEADLINE_SECONDS", default=10.0))
IB_ACK_TIMEOUT = timedelta(seconds=env.float("IB_ACK_TIMEOUT_SECONDS", default=10.0))
# how long an order may stay unsettled, although IB has answered in full, before a person is called
INCIDENT_PATIENCE = timedelta(seconds=env.float("INCIDENT_PATIENCE_SECONDS", default=30.0))
# When IB is away by plan; new orders are refused from the notice before until it is over
IB_PLAN = env_plan(time_zone=IB_TIME_ZONE, command_deadline=IB_COMMAND_DEADLINE)

INSTALLED_APPS = [
    "daphne",
    "config.apps.DeskConfig",
    "unfold.apps.BasicAppConfig",
    "unfold.contrib.filters",
    "config.apps.DeskAdminConfig",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "django.contrib.postgres",
    "axes",
    "channels",
    "csp",
    "django_celery_beat",
    "django_celery_results",
    "django_filters",
    "django_prometheus",
    "django_structlog",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "pgtrigger",
    "rest_framework",
    "market_data",
    "accounts",
    "trading",
]

MIDDLEWARE = [
    "django_prometheus.middleware.PrometheusBeforeMiddleware",
    "config.api.middleware.RequestContextMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "csp.middleware.CSPMiddleware",
    "axes.middleware.AxesMiddleware",
    "django_prometheus.middleware.PrometheusAfterMiddleware",
]

ROOT_URLCONF = "config.urls"
ASGI_APPLICATION = "config.asgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "config" / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
            ]
        },
    }
]

DATABASES = {
    "default": {
        "ENGINE": "django.db.backends.postgresql",
        "ATOMIC_REQUESTS": False,
        **env_database("DATABASE_URL"),
    }
}
DESK_PROCESS = env.str("DESK_PROCESS", default="manage")
# A pool, because CONN_MAX_AGE leaks connections under ASGI (performance.md §2).
DATABASES["default"]["OPTIONS"] |= {  # type: ignore[operator]
    "pool": {
        "min_size": 1,
        "max_size": env.int("DATABASE_POOL_SIZE", default=16),
        "timeout": 10,
        "max_idle": 120,
    },
    "application_name": f"desk-{DESK_PROCESS}",
}
# A process that is frozen inside a transaction holds its locks, the stream's number among them, and everybody waits:
# PostgreSQL ends such a transaction. The gateway sets a shorter limit for itself. What people run by hand may think.
LONGEST_IDLE_TRANSACTION = "10s"
if DESK_PROCESS not in ("manage", "migrate"):
    _given = DATABASES["default"]["OPTIONS"].get("options", "")  # type: ignore[attr-defined]
    DATABASES["default"]["OPTIONS"] |= {  # type: ignore[operator]
        "options": f"-c idle_in_transaction_session_timeout={LONGEST_IDLE_TRANSACTION} {_given}".strip()
    }
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

REDIS_URL = env.str("REDIS_URL")
CACHES = {
    "default": {
        "BACKEND": "django.core.cache.backends.redis.RedisCache",
        "LOCATION": REDIS_URL,
        "KEY_PREFIX": "desk",
    }
}
CHANNEL_LAYERS = {
    "default": {
        "BACKEND": "channels_redis.core.RedisChannelLayer",
        "CONFIG": {
            # longer than the 5 s for which the layer blocks: redis-py 8 gives a silent socket up after 5 s
            "hosts": [{"address": REDIS_URL, "socket_timeout": 30}],
            "prefix": "desk",
            "capacity": 2000,
            "expiry": 30,
        },
    }
}

# People
AUTH_USER_MODEL = "accounts.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
    "accounts.backends.RoleBackend",
]
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
LOGIN_URL = "/admin/login/"
SECOND_FACTOR_ROLES = env_words("DESK_SECOND_FACTOR_ROLES", ("viewer", "trader", "risk_manager", "administrator"))
AXES_FAILURE_LIMIT = 10
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_HANDLER = "axes.handlers.database.AxesDatabaseHandler"  # PostgreSQL: a lock-out outlives Redis
AXES_DISABLE_ACCESS_LOG = True
AXES_SENSITIVE_PARAMETERS = ["username", "password", "code"]
AXES_VERBOSE = False
AXES_LOCKOUT_CALLABLE = "config.api.errors.locked_out"
CSRF_FAILURE_VIEW = "config.api.errors.csrf_failure"
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
SESSION_COOKIE_AGE = 60 * 60 * 12
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = DESK_BEHIND_TLS
SECURE_SSL_REDIRECT = DESK_BEHIND_TLS
SECURE_REDIRECT_EXEMPT = [r"^health", r"^metrics$"]  # asked from within, past the proxy
# HSTS for subdomains and preloading are promises of the whole domain, which are not the desk's to make
SILENCED_SYSTEM_CHECKS = ["security.W005", "security.W021"]
if DESK_BEHIND_TLS:
    SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https")
    SECURE_HSTS_SECONDS = 60 * 60 * 24 * 365

# The browser may load nothing from elsewhere. Mantine and unfold set inline styles.
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF, "'unsafe-inline'"],
        "img-src": [SELF, "data:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
        "base-uri": [SELF],
    }
}
X_FRAME_OPTIONS = "DENY"
DATA_UPLOAD_MAX_MEMORY_SIZE = 256 * 1024

# REST
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "config.api.authentication.DeskApiKeyAuthentication",
        "config.api.authentication.DeskJWTAuthentication",
        "config.api.authentication.DeskSessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["config.api.permissions.SignedIn"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PARSER_CLASSES": ["config.api.parsers.StrictJSONParser"],
    "DEFAULT_CONTENT_NEGOTIATION_CLASS": "config.api.negotiation.JSONOnlyNegotiation",
    "URL_FORMAT_OVERRIDE": None,
    "DEFAULT_PAGINATION_CLASS": "config.shared.pagination.DeskCursorPagination",
    "DEFAULT_SCHEMA_CLASS": "config.api.schema.DeskAutoSchema",
    "DEFAULT_THROTTLE_CLASSES": [
        "config.shared.throttling.UserBurstThrottle",
        "config.shared.throttling.AnonymousThrottle",
    ],
    "DEFAULT_THROTTLE_RATES": {
        "user": env.str("API_RATE_USER", default="600/min"),
        "orders": env.str("API_RATE_ORDERS", default="300/min"),
        "kill_switch": env.str("API_RATE_KILL_SWITCH", default="60/min"),
        "anonymous": env.str("API_RATE_ANONYMOUS", default="60/min"),
        "login": env.str("API_RATE_LOGIN", default="20/min"),
    },
    "EXCEPTION_HANDLER": "config.api.errors.exception_handler",
    "COERCE_DECIMAL_TO_STRING": True,
    "UNICODE_JSON": True,
    "STRICT_JSON": True,
    "PAGE_SIZE": 100,
}
SIMPLE_JWT = {
    "ACCESS_TOKEN_LIFETIME": timedelta(minutes=15),
    "REFRESH_TOKEN_LIFETIME": timedelta(days=7),
    "SIGNING_KEY": JWT_SIGNING_KEY,  # rotation, re-use and revocation: accounts.tokens
}
SPECTACULAR_SETTINGS = {
    "TITLE": "IBKR Desk",
    "DESCRIPTION": "Orders, fills, positions and market data of a trading back office around Interactive Brokers.",
    "VERSION": "1.0.0",
    "SERVE_INCLUDE_SCHEMA": False,
    "SCHEMA_PATH_PREFIX": r"/api/v1",
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "REDOC_DIST": "SIDECAR",
    "COMPONENT_SPLIT_REQUEST": True,
    "ENUM_NAME_OVERRIDES": {
        "OrderStatus": "trading.api.requests.STATUSES",
        "Side": "trading.api.requests.SIDES",
        "OrderType": "trading.api.requests.ORDER_TYPES",
        "TimeInForce": "trading.api.requests.TIMES_IN_FORCE",
        "RunStatus": "trading.api.requests.RUN_STATUSES",
        "BreakKind": "trading.api.requests.BREAK_KINDS",
        "IncidentKind": "trading.api.incident_shapes.KINDS",
        "IncidentChoice": "trading.api.incident_shapes.CHOICES",
        "TradingMode": "config.shared.fields.TRADING_MODES",
        "KeyScope": "accounts.api.serializers.SCOPES",
        "KeyStatus": "accounts.api.serializers.KEY_STATUSES",
        "Role": "accounts.api.serializers.ROLES",
        "Permission": "accounts.api.serializers.PERMISSION_WORDS",
        "ErrorCode": "config.api.schema.ERROR_CODES",
    },
}

# Celery
CELERY_BROKER_URL = REDIS_URL
CELERY_RESULT_BACKEND = "django-db"
CELERY_RESULT_EXTENDED = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_TIME_LIMIT = 300
CELERY_TASK_SOFT_TIME_LIMIT = 240
CELERY_WORKER_HIJACK_ROOT_LOGGER = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BEAT_SCHEDULER = "config.beat:SteadyScheduler"
CELERY_TASK_DEFAULT_QUEUE = "desk"
CELERY_TIMEZONE = "UTC"
RECONCILE_EVERY = timedelta(seconds=env.int("RECONCILE_EVERY_SECONDS", default=300))

# Time, language, files
USE_TZ = True
TIME_ZONE = "UTC"
LANGUAGE_CODE = "en"
USE_I18N = False
FORMAT_MODULE_PATH = "config.formats"
STATIC_URL = "/static/"
STATIC_ROOT = DESK_HOME / "static"
FRONTEND_DIST = BASE_DIR / "frontend" / "dist"
STATICFILES_DIRS = [FRONTEND_DIST] if FRONTEND_DIST.is_dir() else []
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "django.contrib.staticfiles.storage.ManifestStaticFilesStorage"},
}
WHITENOISE_MANIFEST_STRICT = False

# Logs
LOG_LEVEL = env_choice("LOG_LEVEL", ("DEBUG", "INFO", "WARNING", "ERROR"), "INFO")
_log_dir = env.str("LOG_DIR", default="")
LOG_DIR = Path(_log_dir) if _log_dir else None
configure_structlog()
LOGGING = logging_config(LOG_LEVEL, LOG_DIR)
DJANGO_STRUCTLOG_CELERY_ENABLED = True

PROMETHEUS_EXPORT_MIGRATIONS = False
PROMETHEUS_METRIC_NAMESPACE = ""

UNFOLD = {
    "SITE_TITLE": "IBKR Desk",
    "SITE_HEADER": "IBKR Desk",
    "SITE_SUBHEADER": "Back office",
    "SITE_URL": "/",
    "SITE_SYMBOL": "candlestick_chart",
    "SITE_FAVICONS": [{"rel": "icon", "type": "image/svg+xml", "href": "config.admin_site.favicon"}],
    "SHOW_HISTORY": True,
    "SHOW_VIEW_ON_SITE": True,
    "LOGIN": {"form": "config.admin_sign_in.SignInForm"},
    "DASHBOARD_CALLBACK": "config.admin_site.dashboard",
    "STYLES": ["config.admin_site.stylesheet"],
    "BORDER_RADIUS": "6px",
    "SIDEBAR": {"navigation": "config.admin_site.navigation"},
    "COLORS": {
        "primary": {
            "50": "#eef6ff",
            "100": "#d9eaff",
            "200": "#bcdaff",
            "300": "#8ec3ff",
            "400": "#599fff",
            "500": "#3479f6",
            "600": "#2563d9",
            "700": "#1d4fb4",
            "800": "#1b438f",
            "900": "#1a3a75",
            "950": "#142449",
        }
    },
}
