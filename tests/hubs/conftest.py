from hypothesis import settings

# A busy machine must not fail a test that found nothing wrong.
settings.register_profile("hubs", deadline=None)
settings.load_profile("hubs")
