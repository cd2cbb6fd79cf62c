"""What a network is shown: one file per kind of stimulus; the test part of every data set is one, too."""
