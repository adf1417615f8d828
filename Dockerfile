# SPDX-License-Identifier: MIT
# The server, the libraries that it loads, a folder for its database, and nothing else.
#   docker build -t supersim-emulator .
#   docker run --rm -p 127.0.0.1:7746:7746 supersim-emulator
# Others than the container itself reach it, so the control API wants an admin token: it is made and
# printed, unless SUPERSIM_ADMIN_TOKEN says which.
FROM debian:12 AS build
RUN apt-get update && apt-get install -y --no-install-recommends gcc cmake make pkg-config \
	libmicrohttpd-dev libjansson-dev libsqlite3-dev libcurl4-openssl-dev libssl-dev
COPY . /source
RUN cmake -S /source -B /build -DCMAKE_BUILD_TYPE=Release -DSUPERSIM_HARDEN=ON && \
	cmake --build /build -j "$(nproc)" && \
	DESTDIR=/image cmake --install /build --component image

FROM scratch
LABEL org.opencontainers.image.title="supersim-emulator" \
	org.opencontainers.image.description="Local emulation of Twilio's Super SIM REST API" \
	org.opencontainers.image.licenses="MIT"
COPY --from=build /image /
COPY --from=build --chown=65532:65532 /image/data /data
USER 65532:65532
VOLUME /data
ENV SUPERSIM_LISTEN=0.0.0.0:7746 SUPERSIM_DB=/data/supersim.db
EXPOSE 7746
HEALTHCHECK --interval=10s --start-interval=200ms --start-period=5s CMD ["/supersimd", "healthcheck"]
STOPSIGNAL SIGTERM
ENTRYPOINT ["/supersimd"]
