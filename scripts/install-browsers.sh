#!/usr/bin/env bash
# Installs, where missing, the three browser engines of the end-to-end tests, and what these need: codecs for
# WebKitGTK, a display that nobody sees, fonts, ffmpeg, and tools that give the tests a network of their own.
set -euo pipefail
exec "$(dirname "$0")/install-packages.sh" \
  chromium firefox-esr webkit2gtk-driver \
  gstreamer1.0-plugins-good gstreamer1.0-plugins-bad gstreamer1.0-plugins-ugly gstreamer1.0-libav \
  xvfb xauth fonts-dejavu-core fonts-noto-color-emoji \
  iproute2 nftables util-linux ffmpeg
