"""The settings that tests run with: `.env.example` where the environment is silent, then the real settings.

Reading that very file means a variable missing from the example stops the tests.
"""

from pathlib import Path

import environ

environ.Env.read_env(Path(__file__).resolve().parent.parent / ".env.example")

from ghlportal.settings import *  # noqa: E402, F403

PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]  # only speed: no test looks at a hash
# A static file is looked for when it is asked for. Else each of a thousand browsers begins by listing them all.
WHITENOISE_AUTOREFRESH = True
WHITENOISE_MAX_AGE = 60  # as in production
