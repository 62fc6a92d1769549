# syntax=docker/dockerfile:1
# Any Debian-based image of Python 3.12 or newer will do:
#   docker build --build-arg PYTHON_IMAGE=registry.example.fi/python:3.13-slim .
ARG PYTHON_IMAGE=python:3.13-slim

FROM ${PYTHON_IMAGE} AS build
ENV PYTHONDONTWRITEBYTECODE=1 UV_COMPILE_BYTECODE=1 UV_LINK_MODE=copy UV_NO_PROGRESS=1 UV_PYTHON_DOWNLOADS=never
RUN python -m pip install --no-cache-dir --disable-pip-version-check --root-user-action=ignore uv
WORKDIR /app
COPY pyproject.toml uv.lock ./
RUN UV_PYTHON="$(python -c 'import sys; print(sys.executable)')" uv sync --locked --no-dev
COPY manage.py gunicorn.conf.py ./
COPY accounts accounts
COPY hubs hubs
COPY services services
COPY rooms rooms
COPY surveys surveys
COPY servicetorg servicetorg
COPY templates templates
COPY static static
COPY locale locale
# Collecting needs settings that start, not those of production: this secret is used for nothing.
RUN .venv/bin/python -m servicetorg.translations compile \
    && SECRET_KEY=only-for-collecting-static-files-while-the-image-is-built ALLOWED_HOSTS=localhost \
       .venv/bin/python manage.py collectstatic --no-input --verbosity 0

FROM ${PYTHON_IMAGE}
ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PATH=/app/.venv/bin:$PATH
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin servicetorg
WORKDIR /app
COPY --from=build /app /app
USER servicetorg
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=3s --start-period=20s --retries=3 \
    CMD ["python", "-c", "from urllib.request import urlopen; urlopen('http://127.0.0.1:8000/healthz', timeout=2)"]
CMD ["gunicorn"]
