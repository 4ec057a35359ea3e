class UpdateRoomMetadataRequest:
    def __init__(self, room, metadata):
        self.room, self.metadata = room, metadata
