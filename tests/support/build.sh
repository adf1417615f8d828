# SPDX-License-Identifier: MIT
# How the tests' builds are made; for scripts that have set $jobs, at the repository's root.

configure_and_build() {
	directory="$1"
	shift
	cmake -S . -B "build/$directory" -DSUPERSIM_WERROR=ON "$@" >/dev/null
	log="build/$directory/build.log" # of use only when it fails
	cmake --build "build/$directory" -j "$jobs" >"$log" 2>&1 || { cat "$log" && exit 1; }
}

# gcc, AddressSanitizer and UndefinedBehaviorSanitizer, warnings as errors
build_check() {
	configure_and_build check -DCMAKE_BUILD_TYPE=Debug -DCMAKE_C_FLAGS_DEBUG=-O1 \
		-DSUPERSIM_SANITIZE=address,undefined -DSUPERSIM_TESTS=ON -DSUPERSIM_BENCH=ON
}
