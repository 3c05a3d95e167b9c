"""How Dataverse lets a program in: with a token, or with the secret of an app that gets tokens for it."""

from __future__ import annotations

from collections.abc import Mapping
from urllib.parse import quote, urlencode

from territory_opt.crm.client import Interrupted, Refused
from territory_opt.crm.http import Credential, Hidden, Http, checked_url, words_of

ADDRESS, TOKEN = "DATAVERSE_URL", "DATAVERSE_ACCESS_TOKEN"
TENANT, CLIENT, SECRET = "AZURE_TENANT_ID", "AZURE_CLIENT_ID", "AZURE_CLIENT_SECRET"
AUTHORITY = "AZURE_AUTHORITY_HOST"  # of national clouds
_AUTHORITY = "https://login.microsoftonline.com"
_FORM = {"Content-Type": "application/x-www-form-urlencoded"}


def credential_of(environment: Mapping[str, str], address: str) -> Credential:
    """What signs the calls to an environment; a token of an app is fetched when it is needed, and renewed.

    Raises Refused naming each variable that is missing.
    """
    if environment.get(TOKEN):
        return Credential(environment[TOKEN], TOKEN)
    missing = [name for name in (TENANT, CLIENT, SECRET) if not environment.get(name)]
    if missing:
        raise Refused(f"{', '.join(missing)} missing: set all of {TENANT}, {CLIENT}, {SECRET}, or {TOKEN}")
    return Credential("", SECRET, renew=_App(environment, address).token)


class _App:
    """An app registered in Microsoft Entra ID (OAuth 2.0 client credentials, RFC 6749, 4.4)."""

    def __init__(self, environment: Mapping[str, str], address: str):
        authority = checked_url(environment.get(AUTHORITY) or _AUTHORITY, AUTHORITY)
        self._http = Http(authority, _FORM)
        self._path = f"{quote(environment[TENANT].strip(), safe='')}/oauth2/v2.0/token"
        form = {
            "grant_type": "client_credentials",
            "client_id": environment[CLIENT].strip(),
            "client_secret": environment[SECRET].strip(),
            "scope": f"{address.rstrip('/')}/.default",
        }
        self._form = Hidden(urlencode(form).encode())

    def token(self) -> str:
        """A token for about an hour."""
        response = self._http.post(self._path, data=self._form, accept=(400, 401))
        if response.status != 200:
            said = " ".join(words_of(response).split())[:200]
            what = f"Renew {SECRET}, or correct {TENANT} and {CLIENT}"
            raise Refused(f"{self._http.host} does not let us in ({said}). {what}")
        told = response.json()
        if not isinstance(told, dict) or not told.get("access_token"):
            raise Interrupted(f"{self._http.host} gave no token")
        return str(told["access_token"])
