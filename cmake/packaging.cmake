# SPDX-License-Identifier: MIT
# What is installed, and the Debian package that CPack makes of it (make package).
#
# Manual and completions are printed by the program itself, once it is built.
include(GNUInstallDirs)
set(SUPERSIM_MAINTAINER "The supersim-emulator authors <supersim-emulator@users.noreply.example>"
	CACHE STRING "Who is named as the package's maintainer")
set(SUPERSIM_HOMEPAGE "" CACHE STRING "Where the project lives, for the package; empty: not said")

set(PRINTED ${CMAKE_CURRENT_BINARY_DIR}/printed)
set(DOC_DIRECTORY ${CMAKE_INSTALL_DATADIR}/doc/supersim-emulator)
set(PACKAGING ${CMAKE_CURRENT_SOURCE_DIR}/packaging)

add_custom_command(
	OUTPUT ${PRINTED}/supersimd.1.gz ${PRINTED}/supersimd ${PRINTED}/_supersimd
		${PRINTED}/supersimd.fish ${PRINTED}/changelog.gz
	COMMAND ${PACKAGING}/print $<TARGET_FILE:supersimd> ${PACKAGING}/changelog ${PRINTED}
	DEPENDS supersimd ${PACKAGING}/print ${PACKAGING}/changelog
	VERBATIM)
add_custom_target(printed ALL DEPENDS ${PRINTED}/supersimd.1.gz)
configure_file(${PACKAGING}/supersimd.service.in ${PRINTED}/supersimd.service @ONLY)

install(TARGETS supersimd RUNTIME DESTINATION ${CMAKE_INSTALL_BINDIR})
install(FILES ${PRINTED}/supersimd.1.gz DESTINATION ${CMAKE_INSTALL_MANDIR}/man1)
install(FILES ${PRINTED}/supersimd DESTINATION ${CMAKE_INSTALL_DATADIR}/bash-completion/completions)
install(FILES ${PRINTED}/_supersimd DESTINATION ${CMAKE_INSTALL_DATADIR}/zsh/vendor-completions)
install(FILES ${PRINTED}/supersimd.fish
	DESTINATION ${CMAKE_INSTALL_DATADIR}/fish/vendor_completions.d)
install(FILES ${PRINTED}/supersimd.service DESTINATION lib/systemd/system)
install(FILES ${PRINTED}/changelog.gz ${PACKAGING}/copyright README.md DESTINATION ${DOC_DIRECTORY})
install(DIRECTORY examples DESTINATION ${DOC_DIRECTORY})

# The root folder of a container: DESTDIR=FOLDER cmake --install BUILD --component image
install(CODE "execute_process(COMMAND \"${PACKAGING}/image-root\" \"$<TARGET_FILE:supersimd>\"
	COMMAND_ERROR_IS_FATAL ANY)" COMPONENT image EXCLUDE_FROM_ALL)

set(CPACK_GENERATOR DEB)
set(CPACK_PACKAGE_NAME supersim-emulator)
set(CPACK_PACKAGE_CONTACT "${SUPERSIM_MAINTAINER}")
set(CPACK_PACKAGE_DESCRIPTION_SUMMARY "local emulation of Twilio's Super SIM REST API, for tests")
set(CPACK_PACKAGE_DESCRIPTION
	"supersimd answers as Twilio's Super SIM API does, on your own machine. It needs
no account, no SIM cards and no network.

It is made for tests, on a laptop and in CI. Tests can play the devices, move
the time, look at webhooks, and begin anew.")
set(CPACK_PACKAGING_INSTALL_PREFIX /usr)
set(CPACK_STRIP_FILES ON)
set(CPACK_PACKAGE_DIRECTORY ${CMAKE_CURRENT_BINARY_DIR}/packages)
set(CPACK_DEBIAN_FILE_NAME DEB-DEFAULT)
set(CPACK_DEBIAN_PACKAGE_SECTION net)
set(CPACK_DEBIAN_PACKAGE_HOMEPAGE "${SUPERSIM_HOMEPAGE}")
set(CPACK_DEBIAN_PACKAGE_SHLIBDEPS ON)
set(CPACK_DEBIAN_PACKAGE_DEPENDS "libcurl4 (>= 7.88)") # which is not linked
set(CPACK_DEBIAN_PACKAGE_CONTROL_STRICT_PERMISSION ON)
set(CPACK_DEBIAN_PACKAGE_CONTROL_EXTRA "${PACKAGING}/postinst;${PACKAGING}/prerm;${PACKAGING}/postrm")
include(CPack)
