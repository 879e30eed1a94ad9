#!/bin/sh
# Makes sure that the headers are here with which the viewer's window library (GLFW, X11) is compiled: installs them on
# Debian and Ubuntu where that is allowed, else says what to install.
set -eu

[ "$(uname -s)" = Linux ] || exit 0
packages="gcc libc6-dev pkg-config libx11-dev libxcursor-dev libxi-dev libxinerama-dev libxrandr-dev libxxf86vm-dev libgl-dev"
missing=""
for header in X11/Xlib.h X11/Xcursor/Xcursor.h X11/extensions/XInput2.h X11/extensions/Xinerama.h X11/extensions/Xrandr.h X11/extensions/xf86vmode.h; do
    found=no
    for dir in /usr/include /usr/local/include; do
        [ -e "$dir/$header" ] && found=yes
    done
    [ "$found" = yes ] || missing="$missing $header"
done
command -v "${CC:-gcc}" >/dev/null 2>&1 || missing="$missing ${CC:-gcc}"
[ -n "$missing" ] || exit 0

sudo=""
if [ "$(id -u)" != 0 ]; then
    command -v sudo >/dev/null 2>&1 && sudo -n true 2>/dev/null && sudo="sudo -n"
fi
if command -v apt-get >/dev/null 2>&1 && { [ "$(id -u)" = 0 ] || [ -n "$sudo" ]; }; then
    echo "installing $packages"
    # shellcheck disable=SC2086
    $sudo apt-get -qq update && $sudo env DEBIAN_FRONTEND=noninteractive apt-get -qq install --no-install-recommends -y $packages
    exit 0
fi
cat >&2 <<TEXT
The viewer's window needs what is missing here:$missing
  Debian, Ubuntu:  sudo apt-get install $packages
  Fedora:          sudo dnf install gcc libX11-devel libXcursor-devel libXi-devel libXinerama-devel libXrandr-devel libXxf86vm-devel mesa-libGL-devel
  Arch:            sudo pacman -S gcc libx11 libxcursor libxi libxinerama libxrandr libxxf86vm mesa
TEXT
exit 1
