"""File formats that several data sets share: IDX, CIFAR records, pictures."""
