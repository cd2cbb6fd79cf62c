"""One plug-in of each kind, as a package brings them; neurosim imports only those that a workload names."""
