"""What accounts and territories will sell and could sell, from what they sold."""

from territory_opt.forecast.accounts import account_forecast, with_forecast
from territory_opt.forecast.accuracy import Accuracy, forecast_accuracy
from territory_opt.forecast.credibility import Credible, credible
from territory_opt.forecast.potential import Estimate, estimate_potential, with_potential
from territory_opt.forecast.productivity import Productivity, productivity
from territory_opt.forecast.territories import Forecast, forecast, volatility

__all__ = [
    "Accuracy",
    "Credible",
    "Estimate",
    "Forecast",
    "Productivity",
    "account_forecast",
    "credible",
    "estimate_potential",
    "forecast",
    "forecast_accuracy",
    "productivity",
    "volatility",
    "with_forecast",
    "with_potential",
]
