# Makes a base image of a distribution's cloud image: the guest agent and whatever
# else is wanted is in it, so that machines are ready sooner and need no network for
# it. The result is as new as the cloud image: cloud-init does a first boot's work.
#
#   packer init . && packer build .
#   qvmc image import base build/base/base.qcow2

variable "arch" {
  type        = string
  default     = "x86_64"
  description = "Processor of the guest: x86_64 or aarch64."

  validation {
    condition     = contains(["x86_64", "aarch64"], var.arch)
    error_message = "There are x86_64 and aarch64."
  }
}

variable "machine" {
  type        = string
  default     = ""
  description = "QEMU's machine type. Empty: q35, or virt for aarch64."
}

variable "accelerator" {
  type        = string
  default     = ""
  description = "kvm, hvf, tcg or none. Empty: KVM where /dev/kvm opens, else TCG."
}

variable "firmware" {
  type        = string
  default     = ""
  description = "Firmware file. Empty: QEMU's own BIOS, or Debian's UEFI for aarch64."
}

variable "url" {
  type        = string
  default     = ""
  description = "The cloud image, a URL or a path. Empty: Debian 12's latest."
}

variable "checksum" {
  type        = string
  default     = ""
  description = "The cloud image's checksum: sha256:HEX, sha512:HEX, file:URL or none. Empty: from the place that Debian's image comes from."
}

variable "packages" {
  type        = list(string)
  default     = ["qemu-guest-agent"]
  description = "What is installed, by the guest's own package manager."
}

variable "cpus" {
  type        = number
  default     = 2
  description = "Virtual processors while building."
}

variable "memory" {
  type        = number
  default     = 1024
  description = "Memory in MiB while building."
}

variable "timeout" {
  type        = string
  default     = "20m"
  description = "How long the guest may take until it can be logged in to. Without hardware acceleration that is minutes."
}

variable "output" {
  type        = string
  default     = "build/base"
  description = "Directory that base.qcow2 is made in; it must not be there yet."
}

locals {
  x86 = var.arch == "x86_64"
  # Debian's own name for the processor.
  processor = local.x86 ? "amd64" : "arm64"
  debian    = "https://cloud.debian.org/images/cloud/bookworm/latest"
  url       = var.url != "" ? var.url : "${local.debian}/debian-12-genericcloud-${local.processor}.qcow2"
  # An image from elsewhere comes with its own checksum, or with the word "none".
  checksum = var.checksum != "" ? var.checksum : "file:${local.debian}/SHA512SUMS"
  machine  = var.machine != "" ? var.machine : (local.x86 ? "q35" : "virt")
  firmware = var.firmware != "" ? var.firmware : (local.x86 ? "" : "/usr/share/qemu-efi-aarch64/QEMU_EFI.fd")

  # For this build alone. The guest reads it from its firmware (packer/seed).
  password = uuidv4()
}

source "qemu" "base" {
  qemu_binary  = "qemu-system-${var.arch}"
  machine_type = local.machine
  accelerator  = var.accelerator
  cpus         = var.cpus
  memory       = var.memory
  headless     = true

  iso_url          = local.url
  iso_checksum     = local.checksum
  disk_image       = true
  skip_resize_disk = true
  disk_interface   = "virtio"
  disk_discard     = "unmap"
  disk_compression = true
  format           = "qcow2"
  net_device       = "virtio-net-pci"

  # The seed comes over HTTP: kernels for clouds have no driver for QEMU's CD drive.
  http_directory = "${path.root}/packer/seed"
  qemuargs = concat([
    ["-smbios", "type=1,serial=ds=nocloud-net;s=http://{{ .HTTPIP }}:{{ .HTTPPort }}/,family=${local.password}"],
    # Packer's own would listen on every address of the host.
    ["-netdev", "user,id=user.0,hostfwd=tcp:127.0.0.1:{{ .SSHHostPort }}-:22"],
    ],
    [for file in [local.firmware] : ["-bios", file] if file != ""],
    # QEMU's default there is a processor of 32 bits.
    [for cpu in ["max"] : ["-cpu", cpu] if var.arch == "aarch64"],
  )

  ssh_username           = "packer"
  ssh_password           = local.password
  ssh_timeout            = var.timeout
  ssh_handshake_attempts = 1000

  shutdown_command = "sudo sh /tmp/seal.sh"
  shutdown_timeout = "10m"

  output_directory = var.output
  vm_name          = "base.qcow2"
}

build {
  sources = ["source.qemu.base"]

  provisioner "shell" {
    script           = "${path.root}/packer/install.sh"
    environment_vars = ["PACKAGES=${join(" ", var.packages)}"]
    execute_command  = "sudo env {{ .Vars }} sh {{ .Path }}"
  }

  provisioner "file" {
    source      = "${path.root}/packer/seal.sh"
    destination = "/tmp/seal.sh"
  }
}
