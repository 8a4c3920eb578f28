"""The settings that tests run with: `.env.example` where the environment is silent, then the real settings.

Reading that very file means a variable missing from the example stops the tests.
"""

from pathlib import Path

import environ

environ.Env.read_env(Path(__file__).resolve().parent.parent / ".env.example")

from ghlportal import settings as told  # noqa: E402
from ghlportal.settings import *  # noqa: E402, F403

# Nobody in place of the real one: a test that asks GHL has one of its own.
GHL_API_BASE_URL = told.GHL_API_BASE_URL.replace("https://services.leadconnectorhq.com", "http://127.0.0.1:9")
PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # only speed: no test looks at a hash
if DATABASES["default"]["ENGINE"].endswith("postgresql"):  # noqa: F405
    # What tests write need not outlive the machine, and each commit would wait for the disk.
    DATABASES["default"]["OPTIONS"]["options"] = "-c synchronous_commit=off"  # noqa: F405
# A static file is looked for when it is asked for. Else each of a thousand browsers begins by listing them all.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_MAX_AGE = 60  # as in production
