# Everything that building, testing and checking qvmc needs. exec.sh builds it
# and runs commands in it; it holds no source, which is mounted.
FROM debian:12

ENV DEBIAN_FRONTEND=noninteractive

RUN apt-get -qq update \
 && apt-get -qq -y install --no-install-recommends ca-certificates curl git make procps \
 && rm -rf /var/lib/apt/lists/*

# .NET's SDK, from Microsoft's feed.
RUN curl -fsSLo /tmp/feed.deb https://packages.microsoft.com/config/debian/12/packages-microsoft-prod.deb \
 && dpkg -i /tmp/feed.deb \
 && rm /tmp/feed.deb \
 && apt-get -qq update \
 && apt-get -qq -y install --no-install-recommends dotnet-sdk-10.0 \
 && rm -rf /var/lib/apt/lists/*

# Package lists stay: the recipe of the tiny guest downloads by them.
COPY scripts/deps.sh /usr/local/lib/qvmc/deps.sh
RUN /usr/local/lib/qvmc/deps.sh build run image test lint

# Whoever exec.sh runs us as has no home in here.
ENV HOME=/tmp/home DOTNET_NOLOGO=1 DOTNET_CLI_TELEMETRY_OPTOUT=1 NO_DEPS=1
RUN mkdir -m 1777 /tmp/home
WORKDIR /src
