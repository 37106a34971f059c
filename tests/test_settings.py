"""Configuration from the environment and from secrets."""

from __future__ import annotations

import traceback
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from interactions.errors import InteractionsError, SettingsError
from interactions.providers.built_in import HOME
from interactions.settings import Settings

KEY = "AIza-planted-key"


def test_without_any_variable_the_sandbox_answers() -> None:
    """Neither key nor endpoint: everything has a default."""
    settings = Settings.read({}, {})
    assert settings == Settings()
    assert settings.sandboxed
    assert (settings.model, settings.api_version, settings.silence) == (HOME.models[0], "v1beta", 300.0)


def test_every_variable_is_read() -> None:
    """Each has its field, and spaces around a value are not part of it."""
    settings = Settings.read(
        {
            "GEMINI_API_KEY": f" {KEY}\n",
            "INTERACTIONS_BASE_URL": "http://localhost:8080/",
            "INTERACTIONS_API_VERSION": "v1",
            "INTERACTIONS_MODEL": "gemini-x",
            "INTERACTIONS_SILENCE_SECONDS": "12.5",
            "INTERACTIONS_TURNS_PER_HOUR": "30",
            "INTERACTIONS_DATABASE_URL": "postgresql://host/db",
            "INTERACTIONS_DATA": "/srv/data",
        }
    )
    assert settings == Settings(
        KEY,
        "GEMINI_API_KEY",
        "http://localhost:8080",
        "v1",
        "gemini-x",
        12.5,
        30,
        "postgresql://host/db",
        "/srv/data",
    )
    assert not settings.sandboxed


@pytest.mark.parametrize("name", HOME.keys)
def test_the_environment_wins_over_secrets(name: str) -> None:
    """Variable by variable."""
    assert Settings.read({name: "of-env"}, {name: "of-secrets"}).api_key == "of-env"
    assert Settings.read({}, {name: "of-secrets"}).api_key == "of-secrets"
    assert Settings.read({"INTERACTIONS_MODEL": "e"}, {"INTERACTIONS_MODEL": "s"}).model == "e"


@pytest.mark.parametrize("secrets", [False, True], ids=["environment", "secrets"])
def test_gemini_s_key_wins_over_google_s(secrets: bool) -> None:
    """Like in Google's own client; the source is named without the key."""
    found = {"GOOGLE_API_KEY": "of-google", "GEMINI_API_KEY": "of-gemini"}
    settings = Settings.read({}, found) if secrets else Settings.read(found)
    assert (settings.api_key, settings.key_source) == ("of-gemini", "GEMINI_API_KEY")


def test_an_empty_key_is_none() -> None:
    """The other variable is looked at, then the sandbox answers."""
    assert Settings.read({"GEMINI_API_KEY": " ", "GOOGLE_API_KEY": KEY}).key_source == "GOOGLE_API_KEY"
    assert Settings.read({"GEMINI_API_KEY": ""}).sandboxed


def test_an_empty_value_means_the_default() -> None:
    """A variable that is set to nothing is as good as unset."""
    names = ("BASE_URL", "API_VERSION", "MODEL", "SILENCE_SECONDS", "TURNS_PER_HOUR", "DATABASE_URL", "DATA")
    assert Settings.read({f"INTERACTIONS_{name}": " " for name in names}) == Settings()


def test_secrets_may_hold_numbers_and_sections() -> None:
    """A TOML file has types; what is no value is passed over."""
    secrets = {
        "INTERACTIONS_SILENCE_SECONDS": 30,
        "INTERACTIONS_TURNS_PER_HOUR": 5,
        "auth": {"cookie_secret": "x"},
        "list": [1],
    }
    assert Settings.read({}, secrets).silence == 30.0
    assert Settings.read({}, secrets).turns_per_hour == 5


@pytest.mark.parametrize("show", [repr, str, "{}".format, "{!r}".format])
def test_no_way_to_print_the_settings_shows_the_key(show: object) -> None:
    """Logs and tracebacks print them."""
    assert callable(show)
    shown = show(Settings.read({"GEMINI_API_KEY": KEY}))
    assert KEY not in shown
    assert "api_key='(set)'" in shown
    assert "api_key=''" in repr(Settings())


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("GEMINI_API_KEY", "schlüssel"),
        ("GEMINI_API_KEY", "a\tb"),
        ("GOOGLE_API_KEY", "a\u200bb"),
        ("GOOGLE_API_KEY", "“quoted”"),
        ("INTERACTIONS_BASE_URL", "localhost:8080"),
        ("INTERACTIONS_BASE_URL", "ftp://example.test"),
        ("INTERACTIONS_BASE_URL", "https://"),
        ("INTERACTIONS_BASE_URL", "https://host:port"),
        ("INTERACTIONS_BASE_URL", "http://[::1"),
        ("INTERACTIONS_API_VERSION", "v2"),
        ("INTERACTIONS_API_VERSION", "V1BETA"),
        ("INTERACTIONS_SILENCE_SECONDS", "soon"),
        ("INTERACTIONS_SILENCE_SECONDS", "0"),
        ("INTERACTIONS_SILENCE_SECONDS", "-1"),
        ("INTERACTIONS_SILENCE_SECONDS", "inf"),
        ("INTERACTIONS_SILENCE_SECONDS", "nan"),
        ("INTERACTIONS_STALL_SECONDS", "soon"),
        ("INTERACTIONS_STALL_SECONDS", "-1"),
        ("INTERACTIONS_STALL_SECONDS", "inf"),
        ("INTERACTIONS_STALL_SECONDS", "nan"),
        ("INTERACTIONS_IDLE_MINUTES", "nan"),
        ("INTERACTIONS_DATABASE_URL", "host/db"),
        ("INTERACTIONS_DATABASE_URL", "mysql://host/db"),
        ("INTERACTIONS_DATABASE_URL", "sqlite:file"),
        ("INTERACTIONS_TURNS_PER_HOUR", "-1"),
        ("INTERACTIONS_TURNS_PER_HOUR", "1.5"),
        ("INTERACTIONS_TURNS_PER_HOUR", "many"),
        ("INTERACTIONS_TURNS_PER_HOUR", "²"),
        ("INTERACTIONS_TURNS_PER_HOUR", "9" * 5000),
    ],
)
def test_a_value_that_cannot_work_is_refused_by_name(name: str, value: str) -> None:
    """The sentence names the variable; a key is not repeated in it."""
    with pytest.raises(SettingsError) as caught:
        Settings.read({name: value})
    assert str(caught.value).startswith(name)
    assert caught.value.setting == name
    assert str(caught.value).endswith(".")
    assert name not in HOME.keys or value not in str(caught.value)
    assert isinstance(caught.value, InteractionsError)


def test_the_database_may_stand_where_streamlit_has_its_connections() -> None:
    """The variable wins; other connections are none of ours."""
    secrets = {
        "connections": {"conversations": {"url": " postgresql://of-secrets/db "}, "other": {"url": "x"}}
    }
    assert Settings.read({}, secrets).database_url == "postgresql://of-secrets/db"
    assert (
        Settings.read({"INTERACTIONS_DATABASE_URL": "sqlite:////f"}, secrets).database_url == "sqlite:////f"
    )
    assert Settings.read({}, {"connections": {"conversations": "x"}}).database_url == ""
    assert Settings.read({"INTERACTIONS_DATABASE_URL": "postgres://h/d"}).database_url == "postgresql://h/d"


def test_the_database_s_password_is_not_shown() -> None:
    """Neither in the settings nor in a refusal."""
    shown = repr(
        Settings.read({"INTERACTIONS_DATABASE_URL": "postgresql://u:planted@host/db?password=planted"})
    )
    assert "postgresql://host/db" in shown
    assert "planted" not in shown
    with pytest.raises(SettingsError) as caught:
        Settings.read({"INTERACTIONS_DATABASE_URL": "oracle://u:planted@host/db"})
    assert "planted" not in str(caught.value)


def test_files_are_kept_where_the_platform_keeps_such_data(monkeypatch: pytest.MonkeyPatch) -> None:
    """Unless a folder is named."""
    monkeypatch.setenv("XDG_DATA_HOME", "/xdg")
    assert Settings().folder == Path("/xdg/interactions-playground")
    assert Settings(data="/srv/data").folder == Path("/srv/data")
    monkeypatch.delenv("XDG_DATA_HOME")
    assert Settings().folder.name == "interactions-playground"


def test_where_the_disk_goes_with_the_app_it_is_known(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Unless there is a database."""
    assert not Settings().fleeting
    monkeypatch.setattr("interactions.settings.COMMUNITY_CLOUD", tmp_path)
    assert Settings().fleeting
    assert not Settings(database_url="postgresql://host/db").fleeting


@given(
    st.dictionaries(
        st.sampled_from(
            [
                *HOME.keys,
                *(f"INTERACTIONS_{n}" for n in ("BASE_URL", "API_VERSION", "MODEL", "SILENCE_SECONDS")),
                "INTERACTIONS_TURNS_PER_HOUR",
            ]
        ),
        st.text(max_size=12) | st.builds("http://{}".format, st.text(max_size=8)),
    )
)
def test_any_environment_is_read_or_refused_with_a_sentence(environ: dict[str, str]) -> None:
    """No other exception escapes, and what is read never shows its key."""
    try:
        settings, refusal = Settings.read(environ), ""
    except SettingsError as error:
        settings, refusal = Settings(), str(error)
    assert not refusal or refusal.startswith(tuple(environ))
    assert ("api_key='(set)'" in repr(settings)) is bool(settings.api_key)


@pytest.mark.parametrize(("value", "stall"), [("", 600.0), ("0", 0.0), ("90.5", 90.5), ("86400", 86400.0)])
def test_how_long_an_answer_may_stand_still_is_a_setting(value: str, stall: float) -> None:
    """Beside the silence of a connection; 0 is for ever."""
    assert Settings.read({"INTERACTIONS_STALL_SECONDS": value}).stall == stall


@pytest.mark.parametrize(
    "value", ["https://me:planted-5b1d", "https://me:planted-5b1d/v1", "ftp://me:planted-5b1d@h"]
)
def test_an_address_that_cannot_be_read_is_not_repeated(value: str) -> None:
    """What looks like a port may be half of a password."""
    with pytest.raises(SettingsError) as caught:
        Settings.read({"INTERACTIONS_BASE_URL": value})
    assert "planted" not in "".join(traceback.format_exception(caught.value))
