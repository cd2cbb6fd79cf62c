"""The official files of data sets: where they are published, and how they are downloaded."""
