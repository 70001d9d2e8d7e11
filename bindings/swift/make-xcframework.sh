#!/usr/bin/env bash
# Makes HandrailFFI.xcframework, the phone's core for iOS devices and simulators, where Package.swift looks for
# it, and writes the generated Swift. Needs a Mac with Xcode and Rust; takes no arguments.
#
# Written by Apple's and Rust's documentation and not run yet: no Mac was at hand.
set -euo pipefail

package=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
framework=$package/HandrailFFI.xcframework
device=aarch64-apple-ios
# One library for both kinds of Mac: an XCFramework takes only one for each platform.
simulators=(aarch64-apple-ios-sim x86_64-apple-ios)
# As Package.swift says.
export IPHONEOS_DEPLOYMENT_TARGET=17.0

fail() {
    echo "make-xcframework: $1" >&2
    exit 1
}

[ "$(uname)" = Darwin ] || fail "needs a Mac"
command -v xcodebuild lipo >/dev/null || fail "needs Xcode: xcode-select --install"
for target in "$device" "${simulators[@]}"; do
    [ -d "$(rustc --print target-libdir --target "$target")" ] || fail "run: rustup target add $target"
done

cd "$package/../.."
target_folder=$(cargo metadata --format-version 1 --no-deps | plutil -extract target_directory raw -o - -)
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT

cargo xtask bindings
for target in "$device" "${simulators[@]}"; do
    # Only the static library: a dynamic one cannot be in an app of both devices and simulators.
    cargo rustc --locked --profile small --package handrail-companion --lib --target "$target" --crate-type staticlib
done
built() { echo "$target_folder/$1/small/libhandrail_companion.a"; }

mkdir "$work/simulator"
lipo -create "$(built "${simulators[0]}")" "$(built "${simulators[1]}")" \
    -output "$work/simulator/libhandrail_companion.a"

# The module map lies at the top of the headers, where Xcode's scanner looks. An app that takes in a second
# framework of this kind has two of them in one place; then each needs a folder of its own.
headers=$package/generated/HandrailFFI
rm -rf "$framework"
xcodebuild -create-xcframework \
    -library "$(built "$device")" -headers "$headers" \
    -library "$work/simulator/libhandrail_companion.a" -headers "$headers" \
    -output "$framework"
echo "made $framework"
