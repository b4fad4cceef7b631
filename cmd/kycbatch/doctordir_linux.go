package main

import "syscall"

// fileSystemOf asks the kernel. The numbers are those of statfs(2).
func fileSystemOf(dir string) fileSystem {
	var s syscall.Statfs_t
	if err := syscall.Statfs(dir, &s); err != nil {
		return fileSystem{}
	}
	at := fileSystem{known: true, free: s.Bavail * uint64(s.Bsize)}
	switch uint32(s.Type) {
	case 0xEF53:
		at.name = "ext4" // ext2 and ext3 have the same number
	case 0x58465342:
		at.name = "xfs"
	case 0x9123683E:
		at.name = "btrfs"
	case 0x2FC12FC1:
		at.name = "zfs"
	case 0xF2F52010:
		at.name = "f2fs"
	case 0xCA451A4E:
		at.name = "bcachefs"
	case 0x01021994, 0x858458F6:
		at.name, at.volatile = "tmpfs", true
	case 0x794C7630:
		at.name, at.volatile = "overlayfs (a container's own layer)", true
	case 0x6969:
		at.name, at.network = "NFS", true
	case 0x517B, 0xFE534D42, 0xFF534D42:
		at.name, at.network = "SMB", true
	case 0x01021997:
		at.name, at.network = "9p", true
	case 0x00C36400:
		at.name, at.network = "CephFS", true
	case 0x0BD00BD0:
		at.name, at.network = "Lustre", true
	case 0x47504653:
		at.name, at.network = "GPFS", true
	case 0x5346414F, 0x6B414653:
		at.name, at.network = "AFS", true
	case 0x01161970:
		at.name, at.network = "GFS2", true
	case 0x7461636F:
		at.name, at.network = "OCFS2", true
	}
	return at // FUSE among the unnamed: it can be a network's
}
