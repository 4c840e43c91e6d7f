# Fetched by "packer init .". Packer before 1.7 has the builder in itself and can't
# read this file: leave it out there, as scripts/packer-test.sh does.
packer {
  required_plugins {
    qemu = {
      version = ">= 1.1.0"
      source  = "github.com/hashicorp/qemu"
    }
  }
}
