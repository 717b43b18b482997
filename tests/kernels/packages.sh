# shellcheck shell=bash
# Debian's kernel images, by name, through apt with a configuration of its own: nothing of
# this machine's apt is changed, nothing is installed. Only the mirror comes from here: the
# Debian mirror that this machine already uses, so that no other host is ever asked.
#
#	kernel_image VERSION STORE   prints the path of a vmlinuz below STORE; when there is
#	                             none, says why on stderr, in the last line
#
# The -cloud flavour: small, with BTF, perf and a serial line built in.

kernel_suite() { # version
	case $1 in
	5.10) echo bullseye ;;
	6.1) echo bookworm ;;
	6.12) echo trixie ;;
	sid) echo sid ;;
	*) return 1 ;;
	esac
}

debian_mirror() {
	apt-get indextargets --format '$(REPO_URI)' 'Created-By: Packages' |
		grep '/debian/*$' | head -n 1
}

# A mirror may be behind the clock (and releases that rest expire), hence no
# Check-Valid-Until; what it sends is still signed.
apt_configure() { # folder, suite, mirror
	local keyring=/usr/share/keyrings/debian-archive-keyring.gpg
	mkdir -p "$1/lists/partial" "$1/cache/archives/partial" || return 1
	echo "deb [arch=amd64 signed-by=$keyring] $3 $2 main" >"$1/sources.list"
	cat >"$1/apt.conf" <<-END
		Dir::State "$1";
		Dir::State::status "/dev/null";
		Dir::Cache "$1/cache";
		Dir::Etc::sourcelist "$1/sources.list";
		Dir::Etc::sourceparts "/dev/null";
		Dir::Etc::preferencesparts "/dev/null";
		Acquire::Languages "none";
		Acquire::Check-Valid-Until "false";
		APT::Sandbox::User "root";
	END
}

# linux-image-cloud-amd64 depends on the image with a number in its name; where the image
# itself is a package apart (7.x), that one on linux-binary.
image_package() {
	local image binary
	image=$(apt-cache depends linux-image-cloud-amd64 |
		sed -n 's/.*Depends: \(linux-image-[0-9].*\)/\1/p' | head -n 1)
	[ -n "$image" ] || return 1
	binary=$(apt-cache depends "$image" | sed -n 's/.*Depends: \(linux-binary-.*\)/\1/p')
	echo "${binary:-$image}"
}

image_fetch() { # suite, folder, vmlinuz to write
	local mirror package
	mirror=$(debian_mirror)
	[ -n "$mirror" ] || { echo "apt's sources name no Debian mirror" >&2; return 1; }
	apt_configure "$2" "$1" "$mirror" || return 1
	export APT_CONFIG=$2/apt.conf
	apt-get update -qq -o APT::Update::Error-Mode=any >&2 || { echo "apt cannot update $1" >&2; return 1; }
	package=$(image_package) || { echo "$1 has no linux-image-cloud-amd64" >&2; return 1; }
	rm -f "$2"/*.deb
	(cd "$2" && apt-get download -qq "$package" >&2) ||
		{ echo "apt cannot download $package" >&2; return 1; }
	dpkg-deb --fsys-tarfile "$2"/*.deb | tar -xO --wildcards '*/vmlinuz*' >"$3.new" &&
		[ -s "$3.new" ] || { echo "$package holds no vmlinuz" >&2; return 1; }
	mv "$3.new" "$3" && rm -rf "$2"
}

kernel_image() { # version, store
	local suite image=$2/vmlinuz-$1
	suite=$(kernel_suite "$1") ||
		{ echo "known are 5.10, 6.1, 6.12 and sid, not $1" >&2; return 1; }
	# A day old is new enough, and an older one better than none.
	[ -n "$(find "$image" -mtime -1 2>/dev/null)" ] ||
		(image_fetch "$suite" "$2/apt-$suite" "$image") || [ -s "$image" ] || return 1
	echo "$image"
}
