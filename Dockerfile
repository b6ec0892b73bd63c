# The application alone; the database is a server of its own, see docker-compose.yml.
# Run the container with --init (compose does): nothing in it collects the processes of others.

FROM rust:1.95-bookworm AS build
WORKDIR /src
# Only what the build needs: nothing else of the directory, least of all .env, comes into a layer.
COPY Cargo.toml Cargo.lock ./
COPY .cargo .cargo
COPY crates crates
COPY migrations migrations
COPY static static
COPY templates templates
COPY tests tests
RUN cargo build --release --locked -p spineboard

FROM debian:bookworm-slim
RUN useradd --system --uid 10001 --home-dir /var/lib/spineboard --create-home spineboard
COPY --from=build /src/target/release/spineboard /usr/local/bin/spineboard
USER spineboard
WORKDIR /var/lib/spineboard
VOLUME /var/lib/spineboard
ENV SPINEBOARD_DATA_DIR=/var/lib/spineboard \
    SPINEBOARD_LISTEN=0.0.0.0:8480 \
    SPINEBOARD_LOG_FORMAT=json
EXPOSE 8480
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s --retries=3 \
    CMD ["spineboard", "doctor", "--health"]
ENTRYPOINT ["spineboard"]
CMD ["serve"]
