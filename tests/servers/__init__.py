"""Systems on loopback that speak the documented protocols of the vendors and fail as they are told."""
